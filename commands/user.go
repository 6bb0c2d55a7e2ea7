package commands

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v3"

	"whoseline/app"
	"whoseline/staff"
	"whoseline/views"
)

func (t *terminal) user() *cli.Command {
	business, user := required("business", "`ID` of the business"), required("user", "`ID` of the user")
	role := required("role", "owner, admin, viewer or auditor")
	stdin := &cli.BoolFlag{Name: "password-stdin", Usage: "read the password from standard input, else one is made and shown, once"}
	one := []cli.Flag{business, user}
	return &cli.Command{
		Name: "user", Usage: "the staff of businesses, who may sign in to the console",
		Commands: []*cli.Command{
			{
				Name: "create", Usage: "let somebody sign in",
				Flags: []cli.Flag{
					business, required("email", "`ADDRESS` to sign in with"), role,
					&cli.StringFlag{Name: "name", Usage: "what the person is called"}, stdin,
				},
				Action: t.with(t.createUser),
			},
			{Name: "list", Usage: "list a business's users, one a line", Flags: []cli.Flag{business}, Action: t.with(t.listUsers)},
			{
				Name: "disable", Usage: "let a user in no more and end the user's sessions, in every gateway at once", Flags: one,
				Action: t.toUser("disabled", func(ctx context.Context, a *app.App, business, user string) error {
					return a.Users.Disable(ctx, business, user)
				}),
			},
			{
				Name: "enable", Usage: "let a user in again", Flags: one,
				Action: t.toUser("enabled", func(ctx context.Context, a *app.App, business, user string) error {
					return a.Users.Enable(ctx, business, user)
				}),
			},
			{
				Name: "role", Usage: "make a user something else and end the user's sessions", Flags: append(one[:2:2], role),
				Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
					id, role := c.String("user"), staff.Role(c.String("role"))
					if err := a.Users.SetRole(ctx, c.String("business"), id, role); err != nil {
						return err
					}
					return t.say(c, map[string]any{"id": id, "role": role}, "User %s is %s now.", id, role)
				}),
			},
			{
				Name: "password", Usage: "give a user another password and end the user's sessions", Flags: append(one[:2:2], stdin),
				Action: t.with(t.setUserPassword),
			},
			{
				Name: "reset-totp", Usage: "take a user's second factor away, for one who has lost it", Flags: one,
				Action: t.toUser("reset", func(ctx context.Context, a *app.App, business, user string) error {
					return a.Users.ResetTOTP(ctx, business, user)
				}),
			},
		},
	}
}

// toUser does something to one user and says that it is done.
func (t *terminal) toUser(done string, do func(ctx context.Context, a *app.App, business, user string) error) cli.ActionFunc {
	return t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
		id := c.String("user")
		if err := do(ctx, a, c.String("business"), id); err != nil {
			return err
		}
		return t.say(c, map[string]any{"id": id, done: true}, "User %s: %s.", id, done)
	})
}

func (t *terminal) createUser(ctx context.Context, c *cli.Command, a *app.App) error {
	password, ours, err := t.password(c)
	if err != nil {
		return err
	}
	u, err := a.Users.Create(ctx, staff.NewUser{
		BusinessID: c.String("business"), Email: c.String("email"), Name: c.String("name"), Role: staff.Role(c.String("role")),
		Password: password,
	})
	if err != nil {
		return err
	}
	if !ours {
		return t.say(c, views.UserOf(u, ""), "Made %s %s.", u.Role, u.ID)
	}
	return t.say(c, views.UserOf(u, password), "Made %s %s.\n\n  %s\n\nThis password is shown this once: nobody can read it again.", u.Role, u.ID, password)
}

func (t *terminal) setUserPassword(ctx context.Context, c *cli.Command, a *app.App) error {
	password, ours, err := t.password(c)
	if err != nil {
		return err
	}
	id := c.String("user")
	if err := a.Users.SetPassword(ctx, c.String("business"), id, password); err != nil {
		return err
	}
	if err := a.Users.Forgive(ctx, c.String("business"), id); err != nil {
		return err
	}
	if !ours {
		return t.say(c, map[string]string{"id": id}, "User %s has the new password.", id)
	}
	return t.say(c, map[string]string{"id": id, "password": password},
		"User %s has a new password.\n\n  %s\n\nIt is shown this once: nobody can read it again.", id, password)
}

func (t *terminal) listUsers(ctx context.Context, c *cli.Command, a *app.App) error {
	list, err := a.Users.List(ctx, c.String("business"))
	return sayAll(t, c, list, err, func(u staff.User) row {
		state := "enabled"
		if !u.DisabledAt.IsZero() {
			state = "disabled"
		}
		return row{views.UserOf(u, ""), fmt.Sprintf("%s  %-6s  %-8s  %s  %s", u.ID, u.Role, state, u.Email, u.Name)}
	})
}

// password reads the first line of standard input if that was asked for, and makes a password otherwise. ours tells
// that it was made.
func (t *terminal) password(c *cli.Command) (text string, ours bool, err error) {
	if !c.Bool("password-stdin") {
		return staff.StrongPassword(), true, nil
	}
	text, err = t.typed()
	return text, false, err
}
