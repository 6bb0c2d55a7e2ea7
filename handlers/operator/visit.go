package operator

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"

	"whoseline/models"
	"whoseline/staff"
)

// visitCookie carries a visit in a business's console. The console itself knows nothing of the desk.
const visitCookie = "wl_desk_visit"

// startVisit answers POST /operator/businesses/{id}/visit: it leads to the business's console as its viewer sees it.
func (d *desk) startVisit(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	v, err := d.Users.Visitor(ctx, token(r))
	if models.CodeOf(err) == models.Unauthorized || err == nil && !v.HasTOTP {
		http.Redirect(w, r, root, http.StatusSeeOther)
		return
	}
	if err == nil {
		_, err = readForm(w, r)
	}
	if err == nil {
		err = d.permitted(v, staff.SeeTenant)
	}
	pass := ""
	if err == nil {
		pass, err = d.Visits.Start(ctx, r.PathValue("id"), v.User)
	}
	if err != nil {
		d.refuse(w, r, &v, err)
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: visitCookie, Value: pass, Path: "/console", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: cookieName(r) != sessionCookie,
	})
	http.Redirect(w, r, "/console", http.StatusSeeOther)
}

// searches are the forms of the console that only look something up.
var searches = []string{"/console/find", "/console/lookups"}

// visited answers below /console on the private listener: the console itself, asked within the process, for whoever visits it. Only reading and
// searching goes through.
func (d *desk) visited(w http.ResponseWriter, r *http.Request) {
	if http.NewCrossOriginProtection().Check(r) != nil {
		d.refusePage(w, r, models.Fail(models.NotPermitted, "the request came from another site"))
		return
	}
	if r.Method != http.MethodGet && !slices.Contains(searches, r.URL.Path) {
		d.refusePage(w, r, models.Fail(models.NotPermitted, "nothing is changed on a visit"))
		return
	}
	pass, err := r.Cookie(visitCookie)
	if err != nil && !strings.HasPrefix(r.URL.Path, "/console/assets/") {
		http.Redirect(w, r, root, http.StatusSeeOther)
		return
	}
	inner, err := asked(w, r, pass)
	if err != nil {
		d.refusePage(w, r, models.Fail(models.Invalid, "that cannot be understood"))
		return
	}
	answer, err := d.Visits.Console(inner)
	if err != nil {
		d.refusePage(w, r, &models.Error{Code: models.Busy, Message: "the console does not answer", Err: err})
		return
	}
	defer answer.Body.Close()
	passOn(w, answer)
}

// passOn gives on what the console answered. The cookies stay here.
func passOn(w http.ResponseWriter, answer *http.Response) {
	for _, name := range []string{"Content-Type", "Content-Security-Policy", "Location", "HX-Redirect", "Content-Disposition"} {
		if value := answer.Header.Get(name); value != "" {
			w.Header().Set(name, value)
		}
	}
	if to := answer.Header.Get("Location"); strings.HasPrefix(to, "/console/sign-in") { // the visit is over
		w.Header().Set("Location", root)
	}
	w.WriteHeader(answer.StatusCode)
	_, _ = io.Copy(w, answer.Body)
}

// asked is what the console is asked on a visit; pass is nil for its assets.
func asked(w http.ResponseWriter, r *http.Request, pass *http.Cookie) (*http.Request, error) {
	inner, err := http.NewRequestWithContext(r.Context(), r.Method, "http://127.0.0.1"+r.URL.RequestURI(), http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return nil, err
	}
	inner.ContentLength = r.ContentLength
	for _, name := range []string{"Content-Type", "HX-Request", "HX-Target"} {
		if value := r.Header.Get(name); value != "" {
			inner.Header.Set(name, value)
		}
	}
	if pass != nil {
		inner.AddCookie(&http.Cookie{Name: "wl_session", Value: pass.Value})
	}
	return inner, nil
}
