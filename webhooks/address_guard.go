package webhooks

import "net"

// AddressGuard judges addresses that customers give us, for other rooms that call them.
type AddressGuard struct{ guard guard }

// NewAddressGuard lets public addresses pass and, if asked, those of this machine.
func NewAddressGuard(loopback bool) AddressGuard { return AddressGuard{newGuard(loopback)} }

// Check takes an absolute https URL, or a plain one of this machine if that is let pass. Names that can only be internal
// are refused, others are judged when they are dialled. Errors: models.Invalid.
func (g AddressGuard) Check(url string) error { return g.guard.check(url) }

// Dialer reaches only what the guard lets pass, judged after the name was resolved.
func (g AddressGuard) Dialer() *net.Dialer { return g.guard.dialer() }
