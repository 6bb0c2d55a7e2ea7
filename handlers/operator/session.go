package operator

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"whoseline/models"
	"whoseline/staff"
)

// sessionCookie carries the session. It goes by TLS alone, but on the machine itself, where there is none.
const sessionCookie = "wl_desk"

func cookieName(r *http.Request) string {
	if onThisMachine(r.Host) && !strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") {
		return sessionCookie
	}
	return "__Host-" + sessionCookie
}

// onThisMachine tells whether a Host header names the machine that the browser runs on.
func onThisMachine(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	at, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return strings.EqualFold(host, "localhost") || err == nil && at.IsLoopback()
}

func token(r *http.Request) string {
	if c, err := r.Cookie(cookieName(r)); err == nil {
		return c.Value
	}
	return ""
}

// keep has the browser keep a session until it is closed; "" has it forget.
func keep(w http.ResponseWriter, r *http.Request, value string) {
	name := cookieName(r)
	c := http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: name != sessionCookie}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, &c)
}

type signInView struct {
	Email, Refusal string
	Code           bool // a code is asked for too
}

func (d *desk) signInPage(w http.ResponseWriter, r *http.Request) {
	d.show(w, r, sheet{Page: "sign-in", Title: "Sign in", Body: signInView{}})
}

// signIn lets one of the operator's people in. Who has no second factor yet comes no further than to setting one up.
func (d *desk) signIn(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	form, err := readForm(w, r)
	if err != nil {
		d.refusePage(w, r, err)
		return
	}
	from, _ := netip.ParseAddrPort(r.RemoteAddr)
	s := staff.SignIn{Email: form.Get("email"), Password: form.Get("password"), Code: form.Get("code"), Address: from.Addr()}
	made, _, err := d.enter(ctx, s)
	if err == nil {
		keep(w, r, made)
		http.Redirect(w, r, root, http.StatusSeeOther)
		return
	}
	view := signInView{Email: s.Email, Code: form.Has("code")}
	page := sheet{Page: "sign-in", Title: "Sign in"}
	switch refused := d.translated(w, err); {
	case models.CodeOf(err) == staff.SecondFactorNeeded:
		view.Code = true
	case refused.Status == http.StatusInternalServerError:
		d.refusePage(w, r, err)
		return
	default:
		page.Status, view.Refusal = refused.Status, sentence(refused.Detail)
		if refused.Status == http.StatusUnauthorized {
			view.Refusal = "E-mail, password or code is wrong."
		}
	}
	page.Body = view
	d.show(w, r, page)
}

// signInRate is how many tries a second one address has before they cost the database anything.
const signInRate = 10

func (d *desk) enter(ctx context.Context, s staff.SignIn) (string, staff.Visitor, error) {
	if a := d.Limiter.Allow("desk sign-in "+s.Address.String(), signInRate); !a.Allowed {
		return "", staff.Visitor{}, &models.Error{Code: models.TooManyRequests, Message: "that was too fast", RetryAfter: a.RetryAfter}
	}
	return d.Users.SignIn(ctx, s)
}

func (d *desk) signOut(w http.ResponseWriter, r *http.Request) {
	if _, err := readForm(w, r); err != nil {
		d.refusePage(w, r, err)
		return
	}
	if t := token(r); t != "" {
		if err := d.Users.SignOut(r.Context(), t); err != nil {
			d.refusePage(w, r, err)
			return
		}
	}
	keep(w, r, "")
	http.Redirect(w, r, root+"/sign-in", http.StatusSeeOther)
}

// factorView is the page on which a second factor is set up.
type factorView struct {
	Has         bool
	Again       bool // the code was wrong: it is asked for once more, and the secret stays hidden
	Secret, URI string
	Recovery    []string
}

func (d *desk) factorPage(w http.ResponseWriter, r *http.Request) {
	d.factor(w, r, func(v staff.Visitor, _ func(string) string) (factorView, error) {
		return factorView{Has: v.HasTOTP}, nil
	})
}

func (d *desk) offerFactor(w http.ResponseWriter, r *http.Request) {
	d.factor(w, r, func(v staff.Visitor, get func(string) string) (view factorView, err error) {
		view.Secret, view.URI, err = d.Users.OfferTOTP(r.Context(), v, get("password"))
		if models.CodeOf(err) == models.Unauthorized {
			err = models.BadField("password", "that is not your password")
		}
		return view, err
	})
}

func (d *desk) acceptFactor(w http.ResponseWriter, r *http.Request) {
	d.factor(w, r, func(v staff.Visitor, get func(string) string) (view factorView, err error) {
		view.Recovery, err = d.Users.AcceptTOTP(r.Context(), v, get("code"))
		view.Again = models.CodeOf(err) == models.Invalid
		return view, err
	})
}

// factor does a step of setting up a second factor, for whoever has signed in with or without one, and shows what came of it.
func (d *desk) factor(w http.ResponseWriter, r *http.Request, do func(v staff.Visitor, get func(string) string) (factorView, error)) {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	r = r.WithContext(ctx)
	v, err := d.Users.Visitor(ctx, token(r))
	if models.CodeOf(err) == models.Unauthorized {
		http.Redirect(w, r, root+"/sign-in", http.StatusSeeOther)
		return
	}
	var view factorView
	if err == nil {
		get := func(string) string { return "" }
		if r.Method == http.MethodPost {
			form, failed := readForm(w, r)
			get, err = form.Get, failed
		}
		if err == nil {
			view, err = do(v, get)
		}
	}
	page := sheet{Page: "second-factor", Title: "Second factor", Body: view, Visitor: &v}
	if err != nil {
		refused := d.translated(w, err)
		page.Status, page.Problem = refused.Status, sentence(refused.Detail)
		page.Body = factorView{Has: v.HasTOTP, Again: view.Again}
	}
	d.show(w, r, page)
}
