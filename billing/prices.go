package billing

import (
	"slices"
	"time"

	"whoseline/models"
)

// Product is what something is sold as.
type Product string

// The products.
const (
	Phone         Product = "phone"          // names and dates of birth
	PhoneAdvanced Product = "phone_advanced" // the full record
	Message       Product = "message"        // a code on its way to a person
)

// Accepted is the outcome of a message that its carrier took. No other one costs anything.
const Accepted models.Outcome = "accepted"

// Same as a price stands for "the same as the price that this one follows".
const Same = -1

// PriceDefaults are the operator's prices in kobo, for businesses without their own. NotFound may be Same as Found.
// Advanced may be Same as Found; AdvancedNotFound may be Same as NotFound and, where that is Same too, as Advanced.
type PriceDefaults struct {
	Found            int64
	NotFound         int64
	Advanced         int64
	AdvancedNotFound int64
	Message          int64

	// Of an answer that was given to an earlier lookup; a nil price is the same as of a new one. Plain, then advanced.
	recentFound, recentNotFound [2]*int64
}

// Prices are what one business pays, in kobo.
type Prices struct {
	found    [2]int64 // plain, advanced
	notFound [2]int64
	message  int64

	recentFound, recentNotFound [2]int64 // of an answer that was given to an earlier lookup
}

// The outcomes of an answer that was given to an earlier lookup, as far as its price is another one.
const (
	RecentFound    models.Outcome = "found_recent"
	RecentNotFound models.Outcome = "not_found_recent"
)

// Price is one line of a price list.
type Price struct {
	Product Product
	Outcome models.Outcome
	Amount  int64     // kobo
	Own     bool      // set for this business; else it follows the operator's prices
	From    time.Time // it holds from then on; zero = it always has
	Tiers   []Tier    // what further answers of a month cost, by growing Above
}

// item is what a price is of.
type item struct {
	product Product
	outcome models.Outcome
}

func (p Price) item() item { return item{p.Product, p.Outcome} }

// tariff lists what has a price. The price of a recent answer is listed where a business has one of its own.
var tariff = [...]item{
	{Phone, models.OutcomeFound},
	{Phone, models.OutcomeNotFound},
	{PhoneAdvanced, models.OutcomeFound},
	{PhoneAdvanced, models.OutcomeNotFound},
	{Phone, RecentFound},
	{Phone, RecentNotFound},
	{PhoneAdvanced, RecentFound},
	{PhoneAdvanced, RecentNotFound},
	{Message, Accepted},
}

// Prices gives the defaults as a price list.
func (d PriceDefaults) Prices() Prices {
	follow := func(price, other int64) int64 {
		if price < 0 {
			return other
		}
		return price
	}
	var p Prices
	p.found[0] = max(d.Found, 0)
	p.found[1] = follow(d.Advanced, p.found[0])
	p.notFound[0] = follow(d.NotFound, p.found[0])
	p.notFound[1] = follow(d.AdvancedNotFound, follow(d.NotFound, p.found[1]))
	p.message = max(d.Message, 0)
	p.recentFound, p.recentNotFound = p.found, p.notFound
	for i := range 2 {
		if own := d.recentFound[i]; own != nil {
			p.recentFound[i] = *own
		}
		if own := d.recentNotFound[i]; own != nil {
			p.recentNotFound[i] = *own
		}
	}
	return p
}

// set lays another price over the defaults. What is Same follows it, if it is to.
func (d PriceDefaults) set(of item, amount int64) PriceDefaults {
	switch of {
	case tariff[0]:
		d.Found = amount
	case tariff[1]:
		d.NotFound = amount
	case tariff[2]:
		d.Advanced = amount
	case tariff[3]:
		d.AdvancedNotFound = amount
	case tariff[4], tariff[6]:
		d.recentFound[kind(of.product == PhoneAdvanced)] = &amount
	case tariff[5], tariff[7]:
		d.recentNotFound[kind(of.product == PhoneAdvanced)] = &amount
	case tariff[8]:
		d.Message = amount
	}
	return d
}

// For gives the price of an outcome. Only found and not found cost anything.
func (p Prices) For(advanced bool, outcome models.Outcome) int64 {
	switch outcome {
	case models.OutcomeFound:
		return p.found[kind(advanced)]
	case models.OutcomeNotFound:
		return p.notFound[kind(advanced)]
	case RecentFound:
		return p.recentFound[kind(advanced)]
	case RecentNotFound:
		return p.recentNotFound[kind(advanced)]
	default:
		return 0
	}
}

// Recent gives the price of an outcome that an earlier lookup had already.
func (p Prices) Recent(advanced bool, outcome models.Outcome) int64 {
	switch outcome {
	case models.OutcomeFound:
		return p.recentFound[kind(advanced)]
	case models.OutcomeNotFound:
		return p.recentNotFound[kind(advanced)]
	default:
		return 0
	}
}

// Message gives the price of a message that its carrier took.
func (p Prices) Message() int64 { return p.message }

// of gives the price of a line of the tariff.
func (p Prices) of(i item) int64 {
	if i.product == Message {
		return p.message
	}
	return p.For(i.product == PhoneAdvanced, i.outcome)
}

// Max gives the most that a lookup can cost, which is what must be held for it.
func (p Prices) Max(advanced bool) int64 {
	return max(p.found[kind(advanced)], p.notFound[kind(advanced)])
}

func kind(advanced bool) int {
	if advanced {
		return 1
	}
	return 0
}

// The bounds of a price.
const (
	maxPrice = 1_000_000_000_000 // kobo
	maxTiers = 10
)

// CheckPrice refuses what cannot be a price.
func CheckPrice(p Price) error {
	if p.Amount < 0 || p.Amount > maxPrice {
		return models.BadField("amount", "amount must be 0 to 1000000000000 kobo")
	}
	if !slices.Contains(tariff[:], p.item()) {
		return models.BadField("product",
			"product must be phone or phone_advanced, outcome found, not_found, found_recent or not_found_recent, or message with accepted")
	}
	return checkTiers(p)
}

func checkTiers(p Price) error {
	if len(p.Tiers) > 0 && p.Product == Message {
		return models.BadField("tiers", "a message has one price, without tiers")
	}
	if len(p.Tiers) > maxTiers {
		return models.BadField("tiers", "there may be at most 10 tiers")
	}
	above := int64(0)
	for _, t := range p.Tiers {
		if t.Above <= above || t.Amount < 0 || t.Amount > maxPrice {
			return models.BadField("tiers", "each tier must begin above the one before it, and cost 0 to 1000000000000 kobo")
		}
		above = t.Above
	}
	return nil
}
