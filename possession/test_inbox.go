package possession

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

// Box seals small things. *storage.Keyring is one.
type Box interface {
	Index(scope, text string) []byte
	Seal(aad string, plain []byte) []byte
	Open(aad string, sealed []byte) ([]byte, error)
}

// TestInbox is a Sender that sends nothing. It keeps messages, sealed, for the operator to read on the command line. It
// is for demonstrations, sandbox keys and tests.
type TestInbox struct {
	DB    *gorm.DB
	Read  *gorm.DB
	Box   Box
	World models.World
}

// KeptMessage is a message in the outbox. It holds what its receiver would have read: show it to nobody else.
type KeptMessage struct {
	ID         string         `json:"id"`
	BusinessID string         `json:"businessId"`
	Sandbox    bool           `json:"sandbox"`
	Channel    models.Channel `json:"channel"`
	To         string         `json:"to"` // E.164 or an e-mail address
	Text       string         `json:"text"`
	Code       string         `json:"code"`
	ExpiresAt  time.Time      `json:"expiresAt"`
	At         time.Time      `json:"at"`
}

// testInboxAAD is what a message in the outbox is bound to.
func testInboxAAD(businessID, id string) string { return businessID + "/outbox/" + id }

// Send keeps a message.
func (o TestInbox) Send(ctx context.Context, m Message) Delivery {
	plain, err := json.Marshal(KeptMessage{
		ID: m.ID, BusinessID: m.BusinessID, Sandbox: m.Sandbox, Channel: m.Channel, To: m.To(), Text: m.Text, Code: m.Code,
		ExpiresAt: m.ExpiresAt, At: o.World.Now(),
	})
	if err == nil {
		err = o.keep(ctx, keptMessage{
			BusinessID: m.BusinessID, ID: m.ID, Recipient: o.recipient(m.To()),
			Sealed: o.Box.Seal(testInboxAAD(m.BusinessID, m.ID), plain), At: o.World.Now(),
		})
	}
	if err != nil {
		return Delivery{Outcome: ProviderDown, Provider: "outbox", Err: fmt.Errorf("keep the message: %w", err)}
	}
	return Delivery{Outcome: Accepted, Provider: "outbox", Reference: m.ID, Segments: 1}
}

// To lists the messages to a number in E.164, or to an e-mail address, newest first: at most 100, 20 for limit 0.
func (o TestInbox) To(ctx context.Context, to string, limit int) ([]KeptMessage, error) {
	rows, err := o.keptFor(ctx, o.recipient(to), limit)
	if err != nil {
		return nil, models.FaultIn("read the outbox", err)
	}
	list := make([]KeptMessage, len(rows))
	for i, row := range rows {
		plain, err := o.Box.Open(testInboxAAD(row.BusinessID, row.ID), row.Sealed)
		if err != nil {
			return nil, models.FaultIn("unseal a message", err)
		}
		if json.Unmarshal(plain, &list[i]) != nil {
			return nil, models.Fault(fmt.Errorf("read message %s: not what was sealed", row.ID))
		}
	}
	return list, nil
}

func (o TestInbox) recipient(to string) []byte { return o.Box.Index("outbox", to) }
