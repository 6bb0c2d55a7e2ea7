package commands

import (
	"context"
	"os/user"

	"github.com/urfave/cli/v3"

	"whoseline/access"
	"whoseline/app"
	"whoseline/audit"
	"whoseline/models"
)

// actor is who does what a command does, as the audit trail tells of it: whoever --as names, else the user of this machine.
func actor(ctx context.Context, c *cli.Command, a *app.App) (string, error) {
	who := c.String("as")
	if !c.IsSet("as") {
		return machineUser(), nil
	}
	if err := models.CheckName("as", who); err != nil {
		return "", err
	}
	return a.Operators.Canonical(ctx, access.OperatorTrail, who)
}

// machineUser is "operator" and the name by which the machine knows whoever runs the command.
func machineUser() string {
	who, err := user.Current()
	if err != nil || models.CheckName("user", who.Username) != nil {
		return audit.Operator
	}
	return audit.Operator + " " + who.Username
}
