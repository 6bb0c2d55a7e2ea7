package smpp

import "fmt"

// Status is a refusal by the message centre.
type Status uint32

// The refusals that mean something to a caller.
const (
	StatusUnknownCommand Status = 0x03
	StatusSystemError    Status = 0x08
	StatusBadSource      Status = 0x0A
	StatusBadDestination Status = 0x0B
	StatusBindFailed     Status = 0x0D
	StatusBadPassword    Status = 0x0E
	StatusBadSystemID    Status = 0x0F
	StatusQueueFull      Status = 0x14
	StatusSubmitFailed   Status = 0x45
	StatusThrottled      Status = 0x58
)

func (s Status) Error() string { return fmt.Sprintf("smpp: refused with status 0x%02X", uint32(s)) }

// Credentials tells whether the message centre does not know us: trying again soon does not help.
func (s Status) Credentials() bool {
	return s == StatusBindFailed || s == StatusBadPassword || s == StatusBadSystemID
}
