package vendor

import (
	"context"
	"fmt"
	"strings"
)

// Signals tell more about a number than its owner: whether its SIM was changed, whether it was given to somebody else,
// how long it has had the same holder. Each is a definition of mode signal.
type Signals struct{ parts Parts }

// NewSignals makes them from the operator's accounts and definitions.
func NewSignals(parts Parts) *Signals { return &Signals{parts} }

// Names lists the signals that there are, configured or not.
func (s *Signals) Names() (names []string, err error) {
	catalog, err := s.parts.catalog()
	if err != nil {
		return nil, err
	}
	for _, d := range catalog.List() {
		if d.Mode == "signal" {
			names = append(names, d.Name)
		}
	}
	return names, nil
}

// Ask asks one signal by its definition's name, within the definition's own time limit. The error says what is missing;
// the vendor's answer, failures included, is in the reading.
func (s *Signals) Ask(ctx context.Context, name string, in Inquiry) (Reading, error) {
	names, err := s.Names()
	if err != nil {
		return Reading{}, err
	}
	endpoint, err := s.parts.Endpoint(name)
	if err != nil {
		return Reading{}, err
	}
	defer endpoint.Close()
	if endpoint.def.Mode != "signal" {
		return Reading{}, fmt.Errorf("%s gives no signal (known: %s)", endpoint.Name(), strings.Join(names, ", "))
	}
	ctx, cancel := context.WithTimeout(ctx, endpoint.limits.Timeout)
	defer cancel()
	return endpoint.Ask(ctx, in), nil
}
