package v1

import (
	"testing"

	"whoseline/handlers/edge/edgetest"
)

func FuzzTokenWish(f *testing.F) {
	for _, seed := range []string{``, `{}`, `{"ttl":60,"machine":true}`, `{"ttl":-1}`, `{"ttl":1e3}`, `{"ttl":99999999999999999999}`, `{"machine":0}`, `[`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		life, _, err := tokenWish(body)
		if err != nil {
			edgetest.Refused(t, err)
			return
		}
		if life < 1e9 || life > maxTokenLife {
			t.Errorf("accepted %v", life)
		}
	})
}
