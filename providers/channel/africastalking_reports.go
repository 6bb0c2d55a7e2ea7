package channel

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"whoseline/models"
)

// africasTalkingReceipts are forms without a signature. Their proof is the secret path, which only the vendor was told,
// and the address that they come from, if the operator sets one.
type africasTalkingReceipts struct {
	provider string
	token    string
	from     []netip.Prefix
}

// Read gives the one receipt of a request.
func (r africasTalkingReceipts) Read(m ReportRequest) (Reported, error) {
	inside := func(block netip.Prefix) bool { return block.Contains(m.From.Unmap()) }
	if m.Greeting || !sameSecret(m.Token, r.token) || len(r.from) > 0 && !slices.ContainsFunc(r.from, inside) {
		return Reported{}, ErrForged
	}
	form, err := url.ParseQuery(string(m.Body))
	if err != nil {
		return Reported{}, ErrUnread
	}
	return oneReceipt(r.provider, form.Get("id"), africasTalkingState(form.Get("status")))
}

func africasTalkingState(status string) models.DeliveryState {
	switch strings.ToLower(strings.TrimSpace(status)) {
	case "success", "delivered":
		return models.DeliveryDelivered
	case "failed", "absentsubscriber", "undeliverable":
		return models.DeliveryFailed
	case "rejected", "userinblacklist", "donotdisturbrejection":
		return models.DeliveryRejected
	case "expired":
		return models.DeliveryExpired
	case "sent", "submitted":
		return models.DeliverySent
	case "buffered":
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
