package console

import (
	"github.com/gofiber/fiber/v2"

	"whoseline/models"
)

type accountView struct {
	You     []field
	Email   string
	HasTOTP bool
	Offer   *offerView // a second factor that is being set up
	Secret  *secretView
}

type offerView struct{ Secret, URI string }

// account answers GET /console/account.
func (k *console) account(c *fiber.Ctx) error { return showAccount(c, accountView{}) }

func showAccount(c *fiber.Ctx, view accountView) error {
	v := signedIn(c)
	view.Email, view.HasTOTP = v.Email, v.HasTOTP
	view.You = filled([]field{
		{Label: "Name", Value: v.Name},
		{Label: "E-mail", Value: v.Email},
		{Label: "Role", Value: string(v.Role)},
		{Label: "Signed in at", Value: shownTime(v.StartedAt)},
		{Label: "At the latest until", Value: shownTime(v.ExpiresAt)},
	})
	return show(c, "account", "Account", view)
}

// changePassword answers POST /console/account/password.
func (k *console) changePassword(c *fiber.Ctx) error {
	form := formOf(c)
	if err := k.Users.ChangePassword(c.UserContext(), *signedIn(c), form.Get("old"), form.Get("fresh")); err != nil {
		return k.accountAgain(c, err)
	}
	return done(c, "/account", "password")
}

// accountAgain tells what was wrong. A password that was is a mistake in a form here, not a missing session.
func (k *console) accountAgain(c *fiber.Ctx, err error) error {
	if models.CodeOf(err) == models.Unauthorized {
		err = models.BadField("password", "that is not your password")
	}
	return again(c, err, k.account)
}

// offerFactor answers POST /console/account/second-factor/offer.
func (k *console) offerFactor(c *fiber.Ctx) error {
	secret, uri, err := k.Users.OfferTOTP(c.UserContext(), *signedIn(c), formOf(c).Get("password"))
	if err != nil {
		return k.accountAgain(c, err)
	}
	return showAccount(c, accountView{Offer: &offerView{secret, uri}})
}

// acceptFactor answers POST /console/account/second-factor/accept.
func (k *console) acceptFactor(c *fiber.Ctx) error {
	recovery, err := k.Users.AcceptTOTP(c.UserContext(), *signedIn(c), formOf(c).Get("code"))
	if err != nil {
		return again(c, err, k.account)
	}
	signedIn(c).HasTOTP = true
	return showAccount(c, accountView{Secret: &secretView{
		"Recovery codes", "Each lets you in once without the app. Print them or write them down now: they are shown once.", recovery,
	}})
}

// dropFactor answers POST /console/account/second-factor/drop.
func (k *console) dropFactor(c *fiber.Ctx) error {
	if err := k.Users.DropTOTP(c.UserContext(), *signedIn(c), formOf(c).Get("password")); err != nil {
		return k.accountAgain(c, err)
	}
	return done(c, "/account", "dropped")
}
