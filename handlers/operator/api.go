package operator

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"whoseline/handlers/edge"
	"whoseline/models"
)

// ask answers a program, which shows an operator key.
func (d *desk) ask(route Route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), patience)
		defer cancel()
		answer, err := d.answer(w, r.WithContext(ctx), route)
		if err != nil {
			d.refuseAPI(w, err)
			return
		}
		w.Header().Set("Content-Type", edge.JSONType)
		_, _ = w.Write(edge.Encode(answer))
	}
}

func (d *desk) answer(w http.ResponseWriter, r *http.Request, route Route) (any, error) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	who, err := d.Users.ByKey(r.Context(), d.Owner, strings.TrimSpace(token))
	if err != nil {
		return nil, err
	}
	if err := d.permitted(who, route.Act); err != nil {
		return nil, err
	}
	fields, err := r.URL.Query(), plain(r.URL.Query())
	if route.Method != http.MethodGet {
		fields, err = readJSON(w, r)
	}
	if err != nil {
		return nil, err
	}
	return route.do(newCall(r, who, fields))
}

// refusal is the body of an answer that refuses.
type refusal struct {
	Status int         `json:"status"`
	Title  string      `json:"title"`
	Code   models.Code `json:"code"`
	Detail string      `json:"detail"`
	Field  string      `json:"field,omitempty"`
}

func (d *desk) refuseAPI(w http.ResponseWriter, err error) {
	refused := d.translated(w, err)
	w.Header().Set("Content-Type", "application/problem+json")
	if refused.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="whoseline operator"`)
	}
	w.WriteHeader(refused.Status)
	_, _ = w.Write(edge.Encode(refused))
}

// translated gives a refusal with its status. What is not one of ours is logged, and says nothing.
func (d *desk) translated(w http.ResponseWriter, err error) refusal {
	e := edge.Translate(err)
	status := edge.ProblemStatus[e.Code]
	if status == 0 {
		d.Log.Error("operator's desk failed", "err", err)
		status, e = http.StatusInternalServerError, &models.Error{Code: models.Internal, Message: "something failed on our side"}
	}
	if e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(edge.Seconds(e.RetryAfter)))
	}
	return refusal{status, http.StatusText(status), e.Code, e.Message, e.Field}
}
