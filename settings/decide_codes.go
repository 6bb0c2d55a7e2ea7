package settings

import (
	"slices"
	"strings"

	"whoseline/models"
)

const (
	maxEntries   = 300 // countries, or prefixes, that a business may name
	maxPerNumber = 100 // codes: as many are read at each decision
)

// checkPossession judges a business's choices about codes.
func checkPossession(p *Codes) error {
	if p == nil {
		return nil
	}
	if !slices.Contains([]LookupPolicy{"", Attested, OTPRequired}, p.Policy) {
		return models.BadField("policy", "policy must be attested or otp_required")
	}
	if !slices.Contains([]string{"", "off", "record", "enforce"}, p.Pumping) {
		return models.BadField("pumping", "pumping must be off, record or enforce")
	}
	for name, most := range p.Limits {
		if !slices.Contains(LimitNames(), name) {
			return models.BadField("limits", "limits are "+strings.Join(LimitNames(), ", "))
		}
		if most < 0 || most > maxAmount || name == "number" && (most == 0 || most > maxPerNumber) {
			return models.BadField("limits", "limits must be whole numbers, and the one per number 1 to 100")
		}
	}
	return checkEntries(p)
}

func checkEntries(p *Codes) error {
	if len(p.Countries) > maxEntries || len(p.Prefixes) > maxEntries {
		return models.BadField("countries", "countries and prefixes must be at most 300 each")
	}
	for _, code := range p.Countries {
		if len(code) != 2 || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			return models.BadField("countries", "countries must be codes such as NG")
		}
	}
	for _, prefix := range p.Prefixes {
		if prefix != "NG" && (len(prefix) < 2 || len(prefix) > 14 || strings.Trim(prefix, "0123456789") != "") {
			return models.BadField("prefixes", "prefixes must be the first digits of numbers, such as 234803, or NG")
		}
	}
	return nil
}
