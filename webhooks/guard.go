package webhooks

import "net"

// Guard judges addresses that customers give us, for whatever else of this process goes there.
type Guard struct{ guard guard }

// NewGuard lets public addresses pass and, if asked, those of this machine.
func NewGuard(loopback bool) Guard { return Guard{newGuard(loopback)} }

// Check takes an absolute https URL, or a plain one of this machine if that is let pass. Names that can only be internal
// are refused, others are judged when they are dialled. Errors: models.Invalid.
func (g Guard) Check(url string) error { return g.guard.check(url) }

// Dialer reaches only what the guard lets pass, judged after the name was resolved.
func (g Guard) Dialer() *net.Dialer { return g.guard.dialer() }
