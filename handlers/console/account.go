package console

import (
	"html/template"
	"slices"

	"github.com/gofiber/fiber/v2"

	"whoseline/dashboard"
	"whoseline/models"
	"whoseline/staff"
)

type accountView struct {
	You      []field
	Email    string
	HasTOTP  bool
	Offer    *offerView // a second factor that is being set up
	Again    bool       // the code of the offered second factor was wrong: it is asked for once more, and its secret stays hidden
	Secret   *secretView
	Sessions []staff.Session
	Others   bool // there are sessions besides the present one
}

type offerView struct{ Secret, URI string }

// Picture is the address as an authenticator app reads it.
func (o offerView) Picture() (template.URL, error) { return dashboard.Picture(o.URI) }

// account answers GET /console/account.
func (k *console) account(c *fiber.Ctx) error {
	made, err := k.shown(c)
	if err != nil {
		return err
	}
	return k.showAccount(c, accountView{Offer: made.Offer, Secret: made.Secret})
}

func (k *console) showAccount(c *fiber.Ctx, view accountView) (err error) {
	v := signedIn(c)
	if view.Sessions, err = k.Users.Sessions(c.UserContext(), *v); err != nil {
		return err
	}
	view.Others = slices.ContainsFunc(view.Sessions, func(s staff.Session) bool { return !s.Here })
	view.Email, view.HasTOTP = v.Email, v.HasTOTP
	view.You = filled([]field{
		{Label: "Name", Value: v.Name},
		{Label: "E-mail", Value: v.Email},
		{Label: "Role", Value: string(v.Role)},
		{Label: "Signed in at", Value: v.StartedAt.In(zone(c)).Format(momentForm)},
		{Label: "At the latest until", Value: v.ExpiresAt.In(zone(c)).Format(momentForm)},
	})
	return show(c, "account", "Account", view)
}

// endSession answers POST /console/account/sessions: without an id all sessions end but this one.
func (k *console) endSession(c *fiber.Ctx) error {
	if err := k.Users.EndSession(c.UserContext(), *signedIn(c), formOf(c).Get("session")); err != nil {
		return again(c, err, k.account)
	}
	return done(c, "/account", "sessions")
}

// changePassword answers POST /console/account/password.
func (k *console) changePassword(c *fiber.Ctx) error {
	form := formOf(c)
	if err := k.Users.ChangePassword(c.UserContext(), *signedIn(c), form.Get("old"), form.Get("fresh")); err != nil {
		return k.accountAgain(c, err)
	}
	return done(c, "/account", "password")
}

// accountAgain tells what was wrong.
func (k *console) accountAgain(c *fiber.Ctx, err error) error {
	return again(c, ownPassword(err), k.account)
}

// ownPassword makes of a wrong password a mistake in a form, not a missing session.
func ownPassword(err error) error {
	if models.CodeOf(err) == models.Unauthorized {
		return models.BadField("password", "that is not your password")
	}
	return err
}

// offerFactor answers POST /console/account/second-factor/offer.
func (k *console) offerFactor(c *fiber.Ctx) error {
	return k.once(c, "/account", k.account, func() (shownOnce, error) {
		secret, uri, err := k.Users.OfferTOTP(c.UserContext(), *signedIn(c), formOf(c).Get("password"))
		return shownOnce{Offer: &offerView{secret, uri}}, ownPassword(err)
	})
}

// acceptFactor answers POST /console/account/second-factor/accept.
func (k *console) acceptFactor(c *fiber.Ctx) error {
	wrong := false
	page := func(c *fiber.Ctx) error { return k.showAccount(c, accountView{Again: wrong}) }
	return k.once(c, "/account", page, func() (shownOnce, error) {
		recovery, err := k.Users.AcceptTOTP(c.UserContext(), *signedIn(c), formOf(c).Get("code"))
		wrong = models.CodeOf(err) == models.Invalid
		return shownOnce{Secret: &secretView{
			"Recovery codes", "Each lets you in once without the app. Print them or write them down now: they are shown once.", recovery,
		}}, err
	})
}

// dropFactor answers POST /console/account/second-factor/drop.
func (k *console) dropFactor(c *fiber.Ctx) error {
	if err := k.Users.DropTOTP(c.UserContext(), *signedIn(c), formOf(c).Get("password")); err != nil {
		return k.accountAgain(c, err)
	}
	return done(c, "/account", "dropped")
}
