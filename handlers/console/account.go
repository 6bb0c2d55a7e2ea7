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
func (k *console) account(c *fiber.Ctx) error {
	made, err := k.shown(c)
	if err != nil {
		return err
	}
	return showAccount(c, accountView{Offer: made.Offer, Secret: made.Secret})
}

func showAccount(c *fiber.Ctx, view accountView) error {
	v := signedIn(c)
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
	return k.once(c, "/account", k.account, func() (shownOnce, error) {
		recovery, err := k.Users.AcceptTOTP(c.UserContext(), *signedIn(c), formOf(c).Get("code"))
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
