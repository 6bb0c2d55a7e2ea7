package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"whoseline/config"
)

func TestTheMasterKeyComesFromTheSettingOrFromAFile(t *testing.T) {
	t.Parallel()
	c := config.Default()
	if _, err := c.Master(); err == nil || !strings.Contains(err.Error(), "openssl rand -base64 32") {
		t.Errorf("no key: %v", err)
	}
	c.Security.MasterKey = config.Secret(zeros)
	if got, err := c.Master(); err != nil || !bytes.Equal(got, make([]byte, 32)) {
		t.Errorf("from the setting: %x, %v", got, err)
	}
	c.Security.MasterKey = "c2hvcnQ="
	if _, err := c.Master(); err == nil || strings.Contains(err.Error(), "c2hvcnQ") {
		t.Errorf("a short key: %v", err)
	}
	c.Security.MasterKey, c.Security.MasterKeyFile = "", file(t, zeros+"\n")
	if got, err := c.Master(); err != nil || len(got) != 32 {
		t.Errorf("from a file: %x, %v", got, err)
	}
	c.Security.MasterKeyFile = "absent"
	if _, err := c.Master(); err == nil {
		t.Error("a missing file gave a key")
	}
	c.Security.PreviousKeys = []config.Secret{config.Secret(zeros), "no"}
	if _, err := c.Previous(); err == nil || !strings.Contains(err.Error(), "security.previous_keys[1]") {
		t.Errorf("previous: %v", err)
	}
}

func TestNoPrintShowsASecret(t *testing.T) {
	t.Parallel()
	c := config.Default()
	c.Security.MasterKey, c.Security.PreviousKeys = "hush-1", []config.Secret{"hush-2"}
	for _, url := range []string{
		"postgres://me:hush-3@db:5432/house?sslmode=require&sslpassword=hush-4",
		"postgres://db/house?password=hush-5&user=me",
		"postgres://me:hush%zz@db/house",
		"host=db password=hush-6",
	} {
		c.Database.URL = url
		asJSON, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "config", c, "security", c.Security, "pointer", &c)
		all := []string{
			c.String(), fmt.Sprintf("%v %+v %#v %s", c, c, c, c), fmt.Sprintf("%v %+v %#v", c.Security, c.Security, c.Security),
			string(asJSON), log.String(),
		}
		for _, text := range all {
			if strings.Contains(text, "hush") {
				t.Errorf("shown: %s", text)
			}
		}
	}
	c.Database.URL = "postgres://me:hush-3@db:5432/house?sslmode=require"
	if !strings.Contains(c.String(), "database.url = postgres://me:***@db:5432/house?sslmode=require\n") {
		t.Error(c.String())
	}
}
