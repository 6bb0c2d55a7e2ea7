package settings

// Codes are a business's choices about codes. What is not said follows the operator's configuration.
type Codes struct {
	Policy     LookupPolicy     `json:"policy,omitempty"`
	Limits     map[string]int64 `json:"limits,omitempty"` // by the names of LimitNames; 0 = none
	Countries  []string         `json:"countries,omitempty"`
	Prefixes   []string         `json:"prefixes,omitempty"`
	RecordOnly *bool            `json:"recordOnly,omitempty"`
	Pumping    string           `json:"pumping,omitempty"` // off, record or enforce
}

// LimitNames are the names of the limits that a business may have of its own.
func LimitNames() []string {
	return []string{"number", "subject", "business", "ip", "block", "money"}
}

// LookupPolicy is what a business's lookups need beside the subject's consent.
type LookupPolicy string

// The policies.
const (
	Attested    LookupPolicy = "attested"     // the business says that the subject agreed: the default
	OTPRequired LookupPolicy = "otp_required" // the number itself confirms a code first
)

// policy is what the business's lookups need: Attested unless it says otherwise.
func (s Choices) policy() LookupPolicy {
	if s.Possession == nil || s.Possession.Policy == "" {
		return Attested
	}
	return s.Possession.Policy
}
