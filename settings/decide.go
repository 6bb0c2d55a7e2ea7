package settings

import (
	"slices"
	"strconv"

	"whoseline/models"
)

// The bounds of what a business may choose.
const (
	maxChannels = 16
	maxWindow   = 24 * 60 * 60 // seconds
	maxPurposes = 20
	maxMembers  = 3
	maxAmount   = 1_000_000_000_000
)

// Check refuses choices that make no sense.
func Check(s Choices) error {
	if s.NaturalWindow < 0 || s.NaturalWindow > maxWindow {
		return models.BadField("naturalWindow", "naturalWindow must be 0 to "+strconv.Itoa(maxWindow)+" seconds")
	}
	if err := checkZone(s.Zone); err != nil {
		return err
	}
	if len(s.PlainMembers) > maxMembers {
		return models.BadField("plainMembers", "plainMembers must be at most "+strconv.Itoa(maxMembers))
	}
	for _, name := range s.PlainMembers {
		if err := models.CheckText("plainMembers", name); err != nil {
			return err
		}
	}
	if err := checkPolicy(s); err != nil {
		return err
	}
	if err := checkChannels(s.Channels); err != nil {
		return err
	}
	if err := checkRouting(s.Routing); err != nil {
		return err
	}
	return checkPossession(s.Possession)
}

func checkChannels(names []string) error {
	if len(names) > maxChannels {
		return models.BadField("channels", "channels must be at most "+strconv.Itoa(maxChannels))
	}
	for i, name := range names {
		if models.CheckID(name) != nil || slices.Contains(names[:i], name) {
			return models.BadField("channels", "channels must be names of channels, each once")
		}
	}
	return nil
}
