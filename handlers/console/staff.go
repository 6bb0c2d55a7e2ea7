package console

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"whoseline/models"
	"whoseline/staff"
)

type staffView struct {
	People            []personRow
	Roles             []staff.Role
	Name, Email, Role string // of a colleague who could not be added
	Secret            *secretView
}

type personRow struct {
	staff.User
	State    tag
	Disabled bool
	You      bool
}

// staff answers GET /console/staff.
func (k *console) staff(c *fiber.Ctx) error {
	made, err := k.shown(c)
	if err != nil {
		return err
	}
	return k.showStaff(c, made.Secret)
}

func (k *console) showStaff(c *fiber.Ctx, secret *secretView) error {
	people, err := k.Users.List(c.UserContext(), signedIn(c).BusinessID)
	if err != nil {
		return err
	}
	form := formOf(c)
	view := staffView{
		Roles: []staff.Role{staff.Viewer, staff.Auditor, staff.Admin, staff.Owner}, Secret: secret,
		Name: form.Get("name"), Email: form.Get("email"), Role: form.Get("role"),
	}
	if secret != nil {
		view.Name, view.Email, view.Role = "", "", ""
	}
	for _, p := range people {
		row := personRow{User: p, State: tag{"may sign in", "good"}, Disabled: !p.DisabledAt.IsZero(), You: p.ID == signedIn(c).ID}
		if row.Disabled {
			row.State = tag{"shut out", "bad"}
		}
		view.People = append(view.People, row)
	}
	return show(c, "staff", "Staff", view)
}

func passwordOnce(of, password string) shownOnce {
	return shownOnce{Secret: &secretView{
		"The password of " + of, "Hand it over by a safe way: it is shown once. It should be changed on the account page.",
		[]string{password},
	}}
}

// addColleague answers POST /console/staff.
func (k *console) addColleague(c *fiber.Ctx) error {
	form, password := formOf(c), k.NewPassword()
	n := staff.NewUser{
		BusinessID: signedIn(c).BusinessID, Email: form.Get("email"), Name: form.Get("name"),
		Role: staff.Role(form.Get("role")), Password: password,
	}
	return k.once(c, "/staff", k.staff, func() (shownOnce, error) {
		made, err := k.Users.Create(c.UserContext(), n)
		return passwordOnce(made.Name, password), err
	})
}

// colleague finds a member of the visitor's own staff.
func (k *console) colleague(c *fiber.Ctx) (staff.User, error) {
	id := c.Params("id")
	if !models.IsID(id) {
		return staff.User{}, models.Fail(models.NotFound, "there is no such person")
	}
	return k.Users.Find(c.UserContext(), signedIn(c).BusinessID, id)
}

// errYourself keeps whoever finds an open session from taking the account over: the account page asks for the password.
var errYourself = models.Fail(models.Conflict, "for yourself, use the account page")

// setRole answers POST /console/staff/:id/role.
func (k *console) setRole(c *fiber.Ctx) error {
	role := staff.Role(formOf(c).Get("role"))
	return k.change(c, "role", func(ctx context.Context, of staff.User) error {
		return k.Users.SetRole(ctx, of.BusinessID, of.ID, role)
	})
}

// resetFactor answers POST /console/staff/:id/second-factor.
func (k *console) resetFactor(c *fiber.Ctx) error {
	return k.change(c, "factor", func(ctx context.Context, of staff.User) error {
		if of.ID == signedIn(c).ID {
			return errYourself
		}
		return k.Users.ResetTOTP(ctx, of.BusinessID, of.ID)
	})
}

// disable answers POST /console/staff/:id/disable.
func (k *console) disable(c *fiber.Ctx) error {
	return k.change(c, "disabled", func(ctx context.Context, of staff.User) error {
		return k.Users.Disable(ctx, of.BusinessID, of.ID)
	})
}

// enable answers POST /console/staff/:id/enable.
func (k *console) enable(c *fiber.Ctx) error {
	return k.change(c, "enabled", func(ctx context.Context, of staff.User) error {
		return k.Users.Enable(ctx, of.BusinessID, of.ID)
	})
}

func (k *console) change(c *fiber.Ctx, what string, do func(context.Context, staff.User) error) error {
	of, err := k.colleague(c)
	if err != nil {
		return err
	}
	if err := do(c.UserContext(), of); err != nil {
		return again(c, err, k.staff)
	}
	return done(c, "/staff", what)
}

// resetPassword answers POST /console/staff/:id/password.
func (k *console) resetPassword(c *fiber.Ctx) error {
	of, err := k.colleague(c)
	if err != nil {
		return err
	}
	if of.ID == signedIn(c).ID {
		return again(c, errYourself, k.staff)
	}
	password := k.NewPassword()
	return k.once(c, "/staff", k.staff, func() (shownOnce, error) {
		return passwordOnce(of.Name, password), k.Users.SetPassword(c.UserContext(), of.BusinessID, of.ID, password)
	})
}
