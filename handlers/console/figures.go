package console

import (
	"cmp"
	"context"
	"fmt"

	"github.com/gofiber/fiber/v2"

	"whoseline/handlers/edge"
	"whoseline/lookup"
	"whoseline/models"
	"whoseline/staff"
)

// figure is a number, and what it was the period before.
type figure struct{ Name, Value, Unit, Before string }

// tallied is how the lookups of a period came out.
type tallied struct{ lookup.Counted }

// Sum is all of its hours together.
func (t tallied) Sum() (sum dayRow) {
	for _, h := range t.Hours {
		sum.add(h)
	}
	return sum
}

func (t tallied) conflicts() (n int64) {
	for _, h := range t.Hours {
		n += h.Conflicts
	}
	return n
}

// figures are what an overview has read. What could not be read is not counted, nil or false.
type figures struct {
	period
	sandbox     bool
	counted     bool
	now, before tallied
	wallet      *models.Wallet
	webhooks    bool
	endpoints   []endpointRow
}

// all gives the figures that could be read.
func (f figures) all() (all []figure) {
	if f.wallet != nil && !f.sandbox {
		all = append(all, figure{"Balance", naira(f.wallet.Available), "", naira(f.wallet.Held) + " held"})
		if f.counted {
			all = append(all, f.daysLeft())
		}
	}
	if f.counted {
		all = append(all, f.lookups()...)
	}
	if f.webhooks && len(f.endpoints) > 0 {
		all = append(all, figure{"Webhooks that fail", count(int64(f.failing())), "of " + count(int64(len(f.endpoints))) + " endpoints", "by what was sent last"})
	}
	return all
}

func (f figures) lookups() (all []figure) {
	now, before := f.now.Sum(), f.before.Sum()
	if !f.sandbox {
		all = append(all, figure{"Spend on lookups", naira(now.Charged), "", more(now.Charged, before.Charged, "more", "less")})
	}
	all = append(all, figure{"Lookups", count(now.Total()), "", more(now.Total(), before.Total(), "more", "less")})
	all = append(all, answered(now, before), f.took())
	return append(all, figure{"Conflicts", count(f.now.conflicts()), "", count(f.before.conflicts()) + " before"})
}

// burn is how much is spent a day.
func (f figures) burn() float64 { return float64(f.now.Sum().Charged) / max(f.days(), 1) }

// left is for how many days the wallet lasts at the present burn. known: there is one.
func (f figures) left() (days float64, known bool) {
	if f.wallet == nil || f.burn() <= 0 {
		return 0, false
	}
	return float64(f.wallet.Available) / f.burn(), true
}

func (f figures) daysLeft() figure {
	days, known := f.left()
	if !known {
		return figure{"Days left", "–", "", "nothing was spent"}
	}
	text := count(int64(days))
	if days > 999 {
		text = "More than 999"
	}
	return figure{"Days left", text, "days", "at " + naira(int64(f.burn())) + " a day"}
}

// more says how a number differs from the one before.
func more(now, before int64, up, down string) string {
	switch {
	case now == before:
		return "as before"
	case before == 0:
		return "none before"
	case now > before:
		return fmt.Sprintf("%.1f %% %s than before", float64(now-before)/float64(before)*100, up)
	default:
		return fmt.Sprintf("%.1f %% %s than before", float64(before-now)/float64(before)*100, down)
	}
}

// share is how many of the lookups that have ended were answered, in per cent. none: none has ended.
func share(d dayRow) (percent float64, none bool) {
	ended := d.Found + d.NotFound + d.Failed
	if ended == 0 {
		return 0, true
	}
	return float64(d.Found+d.NotFound) / float64(ended) * 100, false
}

func answered(now, before dayRow) figure {
	f := figure{Name: "Answered, found or not", Value: "–", Before: count(now.Failed) + " failed"}
	percent, none := share(now)
	if none {
		return f
	}
	f.Value, f.Unit = fmt.Sprintf("%.1f", percent), "%"
	if was, none := share(before); !none && percent != was {
		word := "higher"
		if percent < was {
			word = "lower"
		}
		f.Before = fmt.Sprintf("%.1f points %s: %s failed", max(percent-was, was-percent), word, count(now.Failed))
	}
	return f
}

func (f figures) took() figure {
	half, none := f.now.Took(0.5)
	if none {
		return figure{"Time to answer", "–", "", "no answers"}
	}
	most, _ := f.now.Took(0.95)
	told := figure{"Time to answer", span(half), "median, " + span(most) + " p95", "no answers before"}
	if was, none := f.before.Took(0.95); !none {
		told.Before = "p95 was " + span(was)
	}
	return told
}

func (f figures) failing() (n int) {
	for _, e := range f.endpoints {
		if !e.failing.IsZero() {
			n++
		}
	}
	return n
}

// lowDays is when a wallet that runs out is told of.
const lowDays = 7

// todo tells what waits for somebody, worst first.
func (f figures) todo(sources []edge.SourceStatus) (all []todo) {
	for _, e := range f.endpoints {
		if !e.failing.IsZero() {
			all = append(all, todo{tag{"Failing", "bad"}, "Webhooks to " + e.Host + " have failed since " + e.failing.In(f.from.Location()).Format(momentForm) + ".", root + "/webhooks", "Open webhooks"})
		}
	}
	for _, s := range sources {
		if s.Disabled != "" {
			all = append(all, todo{tag{"Off", "bad"}, "The source " + s.Name + " is not asked: " + plain(s.Disabled) + ".", "#sources", "See sources"})
		}
	}
	if n := f.now.conflicts(); n > 0 {
		words := "One lookup of this time has two answers that disagree."
		if n > 1 {
			words = count(n) + " lookups of this time have two answers that disagree."
		}
		href := root + "/lookups?check=conflict"
		if f.sandbox {
			href += "&env=sandbox"
		}
		all = append(all, todo{tag{"Conflict", "clash"}, words, href, "See them"})
	}
	all = append(all, f.walletTodo()...)
	if days, known := f.left(); known && days < lowDays && !f.sandbox {
		all = append(all, todo{tag{"Low soon", "warn"}, fmt.Sprintf("The wallet lasts about %d days at the present burn.", int(days)), root + "/wallet", "Open wallet"})
	}
	return all
}

// walletTodo tells that a wallet is below its threshold.
func (f figures) walletTodo() []todo {
	if f.wallet == nil || f.sandbox || f.wallet.Threshold == nil || f.wallet.Level == models.WalletEnough {
		return nil
	}
	words := "The wallet is below " + naira(*f.wallet.Threshold) + "."
	if f.wallet.Level == models.WalletDepleted {
		words = "The wallet is empty, or has too little for a lookup: lookups are refused."
	}
	return []todo{{levelTags[f.wallet.Level], words, root + "/wallet", "Open wallet"}}
}

// check is a step of a business's first day.
type check struct {
	Title, Words, Href, Link string
	Done                     bool
}

// firstDay puts the first steps in the place of zeros, until all are done.
func (k *console) firstDay(ctx context.Context, c *fiber.Ctx, view *overviewView, f figures) error {
	v := signedIn(c)
	if !v.Role.May(staff.ManageKeys) { // the steps are for others
		return nil
	}
	keys, _, err := k.Keys.List(ctx, v.BusinessID, models.Page{Limit: maxNamedKeys})
	if err != nil {
		return err
	}
	tried, _, err := k.Lookups.List(ctx, lookup.Search{BusinessID: v.BusinessID, Sandbox: true, Limit: 1})
	if err != nil {
		return err
	}
	live, sandbox := false, false
	for _, key := range keys {
		usable := key.Usable(k.World.Now())
		live, sandbox = live || usable && !key.Sandbox, sandbox || usable && key.Sandbox
	}
	money := f.wallet != nil && f.wallet.Available > 0
	steps := []check{
		{"Set up a second factor", "A password alone lets you in so far.", root + "/account", "Set it up", v.HasTOTP},
		{"Make a sandbox key", "With it the sandbox is asked, and nothing is charged.", root + "/keys", "Make a key", sandbox},
		{"Ask the sandbox once", "0800 000 0000 is always found.", root + "?env=sandbox", "See the sandbox", len(tried) > 0},
		{"Name an endpoint for webhooks", "It is told when a pending lookup has ended.", root + "/webhooks", "Add an endpoint", len(f.endpoints) > 0},
		{"Have money and a live key", cmp.Or(map[bool]string{true: "The wallet has money; a live key is missing."}[money && !live], "The operator credits the wallet."), root + "/keys", "Make a live key", money && live},
	}
	done := 0
	for i, s := range steps {
		if s.Done {
			done++
			steps[i].Words, steps[i].Href = "Done.", ""
		}
	}
	if done < len(steps) {
		view.Checks, view.ChecksDone, view.Figures = steps, fmt.Sprintf("%d of %d done", done, len(steps)), nil
	}
	return nil
}
