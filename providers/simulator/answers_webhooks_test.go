package simulator_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
)

// laterIDs is where a transcript names what a vendor can send a webhook about.
var laterIDs = map[string]*regexp.Regexp{
	"youverify": regexp.MustCompile(`"id":"([0-9a-f]{24})"`),
	"smile":     regexp.MustCompile(`"job_id":"((?:job-)?[0-9]+)"`),
}

// hear has the vendor send a few webhooks, in each of the ways in which it can, and writes them down.
func (s *scribe) hear() {
	var ids []string
	if pattern := laterIDs[s.vendor]; pattern != nil {
		seen := map[string]bool{}
		for _, found := range pattern.FindAllStringSubmatch(s.text.String(), -1) {
			if !seen[found[1]] {
				seen[found[1]] = true
				ids = append(ids, found[1])
			}
		}
	}
	for _, m := range s.Texts(s.vendor, "") {
		ids = append(ids, m.ID)
	}
	got := ""
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var head bytes.Buffer
		for _, name := range []string{"Date", "User-Agent", "Accept-Encoding", "Content-Length", "Connection"} {
			r.Header.Del(name)
		}
		_ = r.Header.Write(&head) // a buffer takes everything
		got += strings.ReplaceAll(head.String(), "\r\n", " ") + "\n  " + string(body)
	}))
	s.t.Cleanup(receiver.Close)
	ways := map[string]string{
		"plain": ``, "wrong": `,"signature":"wrong"`, "none": `,"signature":"none"`, "sha512": `,"signature":"sha512"`,
		"older": `,"header":"x-yv-signature","status":"failed"`, "v2": `,"product":"v2"`, "v3": `,"product":"v3"`,
		"nobody": `,"status":"not_found"`,
	}
	for i, id := range ids[:min(len(ids), 60)] {
		way := slices.Sorted(maps.Keys(ways))[i%len(ways)]
		got = ""
		said := s.post("/__sim/webhooks/"+s.vendor, fmt.Sprintf(
			`{"url":%q,"signed_url":"https://gateway.example/r","id":%q%s}`, receiver.URL, id, ways[way]))
		said.body += "\n  " + got
		s.note("webhook "+way+" "+id, said)
	}
}
