package console

import (
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/access"
	"whoseline/models"
)

type keysView struct {
	Keys   []keyRow
	Next   string
	Name   string // of a key that could not be made
	Scopes []scopeRow
	Secret *secretView
}

type keyRow struct {
	models.Key
	Environment       string
	State             tag
	Usable, Rotatable bool
}

// scopeRow is a scope that a new key may have.
type scopeRow struct {
	access.ScopeMeaning
	Usual bool
}

// secretView is what is shown once.
type secretView struct {
	Label, Why string
	Values     []string
}

// keys answers GET /console/keys.
func (k *console) keys(c *fiber.Ctx) error {
	made, err := k.shown(c)
	if err != nil {
		return err
	}
	return k.showKeys(c, made.Secret)
}

func (k *console) showKeys(c *fiber.Ctx, secret *secretView) error {
	p := models.Page{Limit: pageSize}
	if after := c.Query("after"); after != "" {
		if !models.IsID(after) {
			return models.BadField("after", "there is no such page")
		}
		p.After = after
	}
	list, next, err := k.Keys.List(c.UserContext(), signedIn(c).BusinessID, p)
	if err != nil {
		return err
	}
	view, now := keysView{Next: next, Secret: secret}, k.World.Now()
	for _, s := range access.Scopes() {
		view.Scopes = append(view.Scopes, scopeRow{s, slices.Contains(access.UsualScopes(), s.Scope)})
	}
	if secret == nil {
		view.Name = formOf(c).Get("name")
	}
	for _, key := range list {
		row := keyRow{Key: key, Environment: "live", State: keyTag(key, now), Usable: key.Usable(now)}
		row.Rotatable = row.Usable && key.ExpiresAt.IsZero()
		if key.Sandbox {
			row.Environment = "sandbox"
		}
		view.Keys = append(view.Keys, row)
	}
	return show(c, "keys", "API keys", view)
}

// makeKey answers POST /console/keys. Only "live" makes a live key: what is not understood costs nothing.
func (k *console) makeKey(c *fiber.Ctx) error {
	form := formOf(c)
	n := access.NewKey{BusinessID: signedIn(c).BusinessID, Name: form.Get("name"), Sandbox: form.Get("env") != "live"}
	if n.Scopes = access.UsualScopes(); form.Has("chosen") {
		n.Scopes = nil
		for _, s := range form["scope"] {
			n.Scopes = append(n.Scopes, access.Scope(s))
		}
		if len(n.Scopes) == 0 { // for the store it would mean everything
			return again(c, models.BadField("scope", "a key needs something that it may do"), k.keys)
		}
	}
	if n.Name == "" {
		return again(c, models.BadField("name", "a key needs a name"), k.keys)
	}
	return k.once(c, "/keys", k.keys, func() (shownOnce, error) {
		key, token, err := k.Keys.Create(c.UserContext(), n)
		return tokenOnce("The token of "+key.Name, token), err
	})
}

func tokenOnce(label, token string) shownOnce {
	return shownOnce{Secret: &secretView{label, "Copy it now: it is shown once.", []string{token}}}
}

// ownKey finds a key of the visitor's business.
func (k *console) ownKey(c *fiber.Ctx) (models.Key, error) {
	id := c.Params("id")
	if !models.IsID(id) {
		return models.Key{}, models.Fail(models.NotFound, "there is no such key")
	}
	return k.Keys.Find(c.UserContext(), signedIn(c).BusinessID, id)
}

// rotateKey answers POST /console/keys/:id/rotate.
func (k *console) rotateKey(c *fiber.Ctx) error {
	key, err := k.ownKey(c)
	if err != nil {
		return err
	}
	hours, err := strconv.ParseUint(formOf(c).Get("overlap"), 10, 16)
	if err != nil {
		return again(c, models.BadField("overlap", "the overlap must be a number of hours"), k.keys)
	}
	return k.once(c, "/keys", k.keys, func() (shownOnce, error) {
		next, token, err := k.Keys.Rotate(c.UserContext(), key.ID, time.Duration(hours)*time.Hour)
		return tokenOnce("The new token of "+next.Name, token), err
	})
}

// revokeKey answers POST /console/keys/:id/revoke.
func (k *console) revokeKey(c *fiber.Ctx) error {
	key, err := k.ownKey(c)
	if err != nil {
		return err
	}
	if err := k.Keys.Revoke(c.UserContext(), key.ID); err != nil {
		return err
	}
	return done(c, "/keys", "revoked")
}
