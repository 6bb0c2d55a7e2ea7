package channel

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"whoseline/models"
)

// africasTalkingReceipts are forms that nobody signed: what proves them is the path that only the vendor was told, and
// if the operator says so, where they come from.
type africasTalkingReceipts struct {
	provider string
	token    string
	from     []netip.Prefix
}

// Read gives the one receipt of a mail.
func (r africasTalkingReceipts) Read(m Mail) (Told, error) {
	inside := func(block netip.Prefix) bool { return block.Contains(m.From.Unmap()) }
	if m.Greeting || !sameSecret(m.Token, r.token) || len(r.from) > 0 && !slices.ContainsFunc(r.from, inside) {
		return Told{}, ErrForged
	}
	form, err := url.ParseQuery(string(m.Body))
	if err != nil {
		return Told{}, ErrUnread
	}
	return oneReceipt(r.provider, form.Get("id"), africasTalkingState(form.Get("status")))
}

func africasTalkingState(status string) models.DeliveryState {
	switch status {
	case "Success":
		return models.DeliveryDelivered
	case "Failed":
		return models.DeliveryFailed
	case "Rejected":
		return models.DeliveryRejected
	case "Sent", "Submitted":
		return models.DeliverySent
	case "Buffered":
		return models.DeliveryQueued
	default:
		return models.DeliveryUnknown
	}
}

// blocks reads address blocks that the configuration has checked.
func blocks(text string) (all []netip.Prefix) {
	for part := range strings.SplitSeq(text, ",") {
		if block, err := netip.ParsePrefix(strings.TrimSpace(part)); err == nil {
			all = append(all, block)
		}
	}
	return all
}
