package simulation

import "fmt"

// person is who holds a number: the truth, which nobody in the service knows.
type person struct {
	national string
	name     string // appears in nobody else's data
	found    bool
}

// people are behind the numbers of every history.
var people = func() (all [numbersAtMost]person) {
	for i := range all {
		all[i] = person{
			national: fmt.Sprintf("0803%03d%04d", 117+i*31, 4021+i*577), name: fmt.Sprintf("QUZ%cVEX%cOR", 'A'+i, 'K'+i), found: i%4 != 3,
		}
	}
	return all
}()

func personOf(national string) *person {
	for i := range people {
		if people[i].national == national {
			return &people[i]
		}
	}
	return nil
}

// The businesses.
const (
	rich    = iota // has money and is told of events
	poor           // can pay for two answers, and is told of nothing
	bound          // its lookups are bound to their numbers
	checked        // has a second source confirm
	cached         // takes recent answers
)

// business is a customer of the service.
type business struct {
	id       string
	topUp    int64
	receives bool // has an endpoint
}

// roster are all businesses.
var roster = [...]business{
	rich:    {"5e0000000000000000000001", 1_000_000, true},
	poor:    {"5e0000000000000000000002", 2*priceFound + priceNotFound/2, false},
	bound:   {"5e0000000000000000000003", 1_000_000, true},
	checked: {"5e0000000000000000000004", 1_000_000, true},
	cached:  {"5e0000000000000000000005", 1_000_000, false},
}

// The prices in kobo, and what an operator changes that of an answer to.
const (
	priceFound    = 100
	priceNotFound = 40
	priceMessage  = 7
	priceChanged  = 130
	topUpAmount   = 150
)
