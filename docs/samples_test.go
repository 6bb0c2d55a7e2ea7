package docs_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// samples of integrate/webhooks.md by language, each with what asks it.
var samples = map[string]struct{ file, before, after, run string }{
	"go": {
		"main.go",
		"package main\n\nimport (\n\t\"crypto/hmac\"\n\t\"crypto/sha256\"\n\t\"encoding/base64\"\n\t\"encoding/json\"\n\t\"fmt\"\n\t\"net/http\"\n\t\"os\"\n\t\"slices\"\n\t\"strings\"\n)\n\n",
		`
func main() {
	var e struct{ Secret, Body string; Headers map[string]string }
	if err := json.NewDecoder(os.Stdin).Decode(&e); err != nil { panic(err) }
	h := http.Header{}
	for name, value := range e.Headers { h.Set(name, value) }
	fmt.Println(genuine(e.Secret, h, []byte(e.Body)))
}`, "go run",
	},
	"js": {
		"main.js", "", `
const e = JSON.parse(require('node:fs').readFileSync(0));
console.log(genuine(e.Secret, e.Headers, Buffer.from(e.Body)));`, "node",
	},
}

type delivery struct {
	Secret, Body string
	Headers      map[string]string
}

func TestTheSamplesThatVerifyWebhooksTellTrueFromFalse(t *testing.T) {
	t.Parallel()
	key := []byte("0123456789abcdef0123456789abcdef")
	good := delivery{Secret: "whsec_" + base64.StdEncoding.EncodeToString(key), Body: `{"event":"é"}`}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("msg_1.1700000000." + good.Body))
	signature := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	good.Headers = map[string]string{"webhook-id": "msg_1", "webhook-timestamp": "1700000000", "webhook-signature": "v1,AAAA " + signature}
	bad := good
	bad.Body = `{"event":"e"}`
	page := string(text(t, "docs/integrate/webhooks.md"))
	for language, sample := range samples {
		code := regexp.MustCompile("(?s)```" + language + "\n(.*?)```").FindStringSubmatch(page)
		if code == nil {
			t.Fatalf("there is no sample in %s", language)
		}
		file := filepath.Join(t.TempDir(), sample.file)
		if err := os.WriteFile(file, []byte(sample.before+code[1]+sample.after), 0o600); err != nil {
			t.Fatal(err)
		}
		command := append(strings.Fields(sample.run), file)
		if said := verified(t, command, good); said != "true" {
			t.Errorf("%s: a true one: %s", language, said)
		}
		if said := verified(t, command, bad); said != "false" {
			t.Errorf("%s: a false one: %s", language, said)
		}
	}
}

func verified(t *testing.T, command []string, d delivery) string {
	t.Helper()
	event, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	program := exec.CommandContext(ctx, command[0], command[1:]...)
	program.Stdin = strings.NewReader(string(event))
	said, err := program.CombinedOutput()
	if err != nil {
		return err.Error() + "\n" + string(said)
	}
	return strings.TrimSpace(string(said))
}
