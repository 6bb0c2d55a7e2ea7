package simulator

import (
	"encoding/json"
	"net/http"
	"slices"
)

// control mounts the control plane. It answers in JSON, refusals as {"error": …}.
func (s *Simulator) control() {
	s.mux.HandleFunc("GET /__sim/counters", s.tellCounters)
	s.mux.HandleFunc("POST /__sim/reset", func(w http.ResponseWriter, _ *http.Request) {
		s.Reset()
		reply{body: obj{"reset": true}}.write(w)
	})
	s.mux.HandleFunc("GET /__sim/state", func(w http.ResponseWriter, _ *http.Request) {
		vendors, sources := s.switches.all()
		reply{body: obj{"vendors": vendors, "sources": sources}}.write(w)
	})
	s.mux.HandleFunc("POST /__sim/vendors/{name}", s.turnVendor)
	s.mux.HandleFunc("POST /__sim/sources/{name}", s.turnSource)
	s.mux.HandleFunc("POST /__sim/webhooks", s.turnWebhooks)
	s.mux.HandleFunc("POST /__sim/webhooks/{name}", s.sendWebhook)
	s.mux.HandleFunc("GET /__sim/messages", s.tellTexts)
	s.mux.HandleFunc("GET /__sim/people/{number}", func(w http.ResponseWriter, r *http.Request) {
		reply{body: PersonOf(r.PathValue("number"))}.write(w)
	})
}

// tellCounters gives all counters, or those of ?vendor= and ?number=, and their sum.
func (s *Simulator) tellCounters(w http.ResponseWriter, r *http.Request) {
	vendor, number := r.URL.Query().Get("vendor"), r.URL.Query().Get("number")
	var total Count
	rows := slices.DeleteFunc(s.counters.list(), func(row Counter) bool {
		return vendor != "" && row.Vendor != vendor || number != "" && row.Number != NumberKey(number)
	})
	for _, row := range rows {
		total = total.plus(row.Count)
	}
	reply{body: obj{"counters": rows, "total": total}}.write(w)
}

// turnVendor changes what is named in the body and leaves the rest.
func (s *Simulator) turnVendor(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Down         *bool `json:"down"`
		LatencyMS    *int  `json:"latency_ms"`
		ExpireTokens bool  `json:"expire_tokens"`
	}
	v, ok := s.vendor(r.PathValue("name"))
	if !ok {
		unknown(w, "vendor")
		return
	}
	if !understood(w, r, &ask) {
		return
	}
	if ask.ExpireTokens {
		s.tokens.expire(v.name)
	}
	state := s.switches.setVendor(v.name, func(state *vendorState) {
		if ask.Down != nil {
			state.Down = *ask.Down
		}
		if ask.LatencyMS != nil {
			state.LatencyMS = max(0, *ask.LatencyMS)
		}
	})
	reply{body: state}.write(w)
}

func (s *Simulator) turnSource(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Down bool `json:"down"`
	}
	name := r.PathValue("name")
	rests := func(v vendor) bool {
		return v.Source == name || slices.ContainsFunc(v.Routes, func(rt route) bool { return rt.Source == name })
	}
	if !slices.ContainsFunc(s.vendors, rests) {
		unknown(w, "source")
		return
	}
	if !understood(w, r, &ask) {
		return
	}
	s.switches.setSource(name, ask.Down)
	vendors := list{}
	for _, v := range s.vendors {
		if rests(v) {
			vendors = append(vendors, v.name)
		}
	}
	reply{body: obj{"down": ask.Down, "vendors": vendors}}.write(w)
}

func understood(w http.ResponseWriter, r *http.Request, ask any) bool {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	dec.DisallowUnknownFields()
	if err := dec.Decode(ask); err != nil {
		reply{status: http.StatusBadRequest, body: obj{"error": err.Error()}}.write(w)
		return false
	}
	return true
}

func unknown(w http.ResponseWriter, what string) {
	reply{status: http.StatusNotFound, body: obj{"error": "there is no such " + what}}.write(w)
}
