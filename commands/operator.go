package commands

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v3"

	"whoseline/access"
	"whoseline/app"
	"whoseline/staff"
	"whoseline/views"
)

func (t *terminal) operator() *cli.Command {
	email := required("email", "`ADDRESS` that the operator signs in with")
	stdin := &cli.BoolFlag{Name: "password-stdin", Usage: "read the password from standard input, else one is made and shown, once"}
	return &cli.Command{
		Name: "operator", Usage: "your own people, who may sign in to the operator's desk",
		Commands: []*cli.Command{
			{
				Name: "create", Usage: "let somebody sign in to the desk; the first sign-in sets up a second factor",
				Flags: []cli.Flag{
					email, required("role", roleNames()), &cli.StringFlag{Name: "name", Usage: "what the person is called"}, stdin,
				},
				Action: t.with(t.createOperator),
			},
			{Name: "list", Usage: "list the operators, one a line", Action: t.with(t.listOperators)},
			{
				Name: "role", Usage: "make an operator something else and end the sessions", Flags: []cli.Flag{email, required("role", roleNames())},
				Action: t.toOperator("changed", func(ctx context.Context, c *cli.Command, a *app.App, id string) error {
					return a.Operators.SetRole(ctx, access.OperatorTrail, id, staff.Role(c.String("role")))
				}),
			},
			{
				Name: "disable", Usage: "let an operator in no more and end sessions and keys, in every gateway at once", Flags: []cli.Flag{email},
				Action: t.toOperator("disabled", func(ctx context.Context, _ *cli.Command, a *app.App, id string) error {
					return a.Operators.Disable(ctx, access.OperatorTrail, id)
				}),
			},
			{
				Name: "enable", Usage: "let an operator in again", Flags: []cli.Flag{email},
				Action: t.toOperator("enabled", func(ctx context.Context, _ *cli.Command, a *app.App, id string) error {
					return a.Operators.Enable(ctx, access.OperatorTrail, id)
				}),
			},
			{
				Name: "reset", Usage: "give an operator another password and take the second factor away, for one who has lost it", Flags: []cli.Flag{email, stdin},
				Action: t.with(t.resetOperator),
			},
			t.operatorKey(),
		},
	}
}

func roleNames() string {
	var names []string
	for _, r := range staff.OperatorRoles() {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
}

func (t *terminal) toOperator(done string, do func(ctx context.Context, c *cli.Command, a *app.App, id string) error) cli.ActionFunc {
	return t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
		one, err := a.Operators.Named(ctx, access.OperatorTrail, c.String("email"))
		if err != nil {
			return err
		}
		if err := do(ctx, c, a, one.ID); err != nil {
			return err
		}
		return t.say(c, map[string]any{"id": one.ID, done: true}, "Operator %s: %s.", one.ID, done)
	})
}

func (t *terminal) createOperator(ctx context.Context, c *cli.Command, a *app.App) error {
	password, ours, err := t.password(c)
	if err != nil {
		return err
	}
	u, err := a.Operators.Create(ctx, staff.NewUser{
		BusinessID: access.OperatorTrail, Email: c.String("email"), Name: c.String("name"), Role: staff.Role(c.String("role")), Password: password,
	})
	if err != nil {
		return err
	}
	if !ours {
		return t.say(c, views.UserOf(u, ""), "Made %s %s.", u.Role, u.ID)
	}
	return t.say(c, views.UserOf(u, password), "Made %s %s.\n\n  %s\n\nThis password is shown this once: nobody can read it again.", u.Role, u.ID, password)
}

func (t *terminal) listOperators(ctx context.Context, c *cli.Command, a *app.App) error {
	list, err := a.Operators.List(ctx, access.OperatorTrail)
	return sayAll(t, c, list, err, func(u staff.User) row {
		state := "enabled"
		if !u.DisabledAt.IsZero() {
			state = "disabled"
		}
		return row{views.UserOf(u, ""), fmt.Sprintf("%s  %-8s  %-8s  %s  %s", u.ID, u.Role, state, u.Email, u.Name)}
	})
}

func (t *terminal) resetOperator(ctx context.Context, c *cli.Command, a *app.App) error {
	password, ours, err := t.password(c)
	if err != nil {
		return err
	}
	one, err := a.Operators.Named(ctx, access.OperatorTrail, c.String("email"))
	if err != nil {
		return err
	}
	for _, do := range []func() error{
		func() error { return a.Operators.SetPassword(ctx, access.OperatorTrail, one.ID, password) },
		func() error { return a.Operators.ResetTOTP(ctx, access.OperatorTrail, one.ID) },
		func() error { return a.Operators.Forgive(ctx, access.OperatorTrail, one.ID) },
	} {
		if err := do(); err != nil {
			return err
		}
	}
	if !ours {
		return t.say(c, map[string]string{"id": one.ID}, "Operator %s has the new password, and sets up a second factor at the next sign-in.", one.ID)
	}
	return t.say(c, map[string]string{"id": one.ID, "password": password},
		"Operator %s has a new password, and sets up a second factor at the next sign-in.\n\n  %s\n\nIt is shown this once: nobody can read it again.", one.ID, password)
}

func (t *terminal) operatorKey() *cli.Command {
	return &cli.Command{
		Name: "key", Usage: "what programs of an operator show to the desk's API; they may do what the operator may",
		Commands: []*cli.Command{
			{
				Name: "create", Usage: "make a key and show it, once",
				Flags: []cli.Flag{
					required("email", "`ADDRESS` of the operator whose key it is"), &cli.StringFlag{Name: "name", Value: "key", Usage: "what it is for"},
				},
				Action: t.with(t.makeOperatorKey),
			},
			{
				Name: "list", Usage: "list the operator keys, one a line",
				Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
					list, err := a.Operators.Keys(ctx)
					return sayAll(t, c, list, err, func(k staff.Key) row {
						state := "in use"
						if !k.RevokedAt.IsZero() {
							state = "revoked"
						}
						return row{views.OperatorKeyOf(k, ""), fmt.Sprintf("%s  …%s  %s  %s  %s", k.ID, k.Hint, state, k.UserID, k.Name)}
					})
				}),
			},
			{
				Name: "revoke", Usage: "end a key, in every gateway at once", Flags: []cli.Flag{required("key", "`ID` of the key")},
				Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
					id := c.String("key")
					if err := a.Operators.RevokeKey(ctx, access.OperatorTrail, id); err != nil {
						return err
					}
					return t.say(c, map[string]any{"id": id, "revoked": true}, "Operator key %s: revoked.", id)
				}),
			},
		},
	}
}

func (t *terminal) makeOperatorKey(ctx context.Context, c *cli.Command, a *app.App) error {
	one, err := a.Operators.Named(ctx, access.OperatorTrail, c.String("email"))
	if err != nil {
		return err
	}
	k, token, err := a.Operators.MakeKey(ctx, access.OperatorTrail, one.ID, c.String("name"))
	if err != nil {
		return err
	}
	return t.say(c, views.OperatorKeyOf(k, token), "Made operator key %s.\n\n  %s\n\nIt is shown this once: nobody can read it again.", k.ID, token)
}
