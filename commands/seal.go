package commands

import (
	"context"
	"encoding/base64"
	"errors"

	"github.com/urfave/cli/v3"

	"whoseline/app"
)

func (t *terminal) seal() *cli.Command {
	return &cli.Command{
		Name: "seal", Usage: "the keys under which personal data is sealed",
		Commands: []*cli.Command{
			t.sealChains(),
			{
				Name: "rotate", Usage: "make new keys, used from now on; what is sealed already stays readable",
				Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
					if err := a.Keyring.Rotate(ctx); err != nil {
						return err
					}
					return t.say(c, map[string]bool{"rotated": true}, "Made new keys. `whoseline seal rewrap` puts old records under them.")
				}),
			},
			{
				Name: "rewrap", Usage: "put every record under the newest keys and delete those that are no longer needed",
				Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
					p := t.progress()
					result, err := a.Keyring.Rewrap(ctx, func(done int64) { p.say("%d rows", done) })
					p.end()
					if err != nil {
						return err
					}
					return t.say(c, map[string]int64{"rows": result.Rows, "deletedKeys": int64(result.Deleted), "keptKeys": int64(result.Kept)},
						"Sealed %d rows anew and deleted %d old keys; %d may still be in use, run it again later for them.",
						result.Rows, result.Deleted, result.Kept)
				}),
			},
			{
				Name: "rekey", Usage: "seal the keys under a new master key",
				Description: "Run it with the old master key configured. Then set security.master_key to the new one and restart.",
				Flags:       secret("new-master-key", "32 bytes in base64, as of openssl rand -base64 32,"),
				Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
					text, err := t.readSecret(c, "new-master-key")
					if err != nil {
						return err
					}
					master, err := base64.StdEncoding.DecodeString(text)
					if err != nil || len(master) != 32 {
						return usageError{errors.New("the new master key must be 32 bytes in base64")}
					}
					if err := a.Keyring.Rekey(ctx, master); err != nil {
						return err
					}
					return t.say(c, map[string]bool{"rekeyed": true}, "The keys are sealed under the new master key. Set security.master_key to it and restart.")
				}),
			},
		},
	}
}
