package simulator

import (
	"fmt"
	"regexp"
	"strings"
)

// conditions say what expressions must give: true or false, any, none, object, alike TEXT, ~ and the name of one of the ways below,
// or a text, which is a template. Of a list one must hold.
type conditions map[string]any

func (c *call) all(want conditions) bool {
	for expression, wanted := range want {
		if !c.holds(c.eval(expression), wanted) {
			return false
		}
	}
	return true
}

func (c *call) holds(given, wanted any) bool {
	if several, is := wanted.(list); is {
		for _, one := range several {
			if c.holds(given, one) {
				return true
			}
		}
		return false
	}
	text, isText := wanted.(string)
	if !isText {
		return given == wanted
	}
	if text == "object" {
		_, is := given.(obj)
		return is
	}
	got := ""
	if given != nil {
		got = fmt.Sprint(given)
	}
	if way, is := strings.CutPrefix(text, "~"); is {
		return ways[way].MatchString(got)
	}
	if other, is := strings.CutPrefix(text, "alike "); is {
		return alike(got, c.filled(other))
	}
	switch text {
	case "any":
		return got != ""
	case "none":
		return got == ""
	default:
		return same(got, c.filled(text))
	}
}

// ways in which vendors want a number written. Another way is an invalid number to them.
var ways = map[string]*regexp.Regexp{
	"national": national, "digits": digits, "e164": e164, "alone": alone,
	"true": regexp.MustCompile(`(?i)^true$`), "invalid": regexp.MustCompile(`2$`),
}

// refusal is what the first rule that fits says, or nil.
func (c *call) refusal() *reply {
	for _, r := range c.route.Refuse {
		name := ""
		if r.Check != "" {
			name = c.check(r.Check)
		} else if c.all(r.If) && (r.Unless == nil || !c.all(r.Unless)) {
			name = r.Say
		}
		if name != "" {
			said := c.say(name)
			return &said
		}
	}
	return nil
}

// say gives the answer of a name, of the route's or else the vendor's.
func (c *call) say(name string) reply {
	a, ok := c.route.Answers[name]
	if !ok {
		a, ok = c.vendor.Says[name]
	}
	if !ok {
		panic(fmt.Sprintf("vendors/%s.yaml: %s has no answer %s", c.vendor.name, c.route.Ask, name)) // the files are built in and tested
	}
	return c.answer(a)
}

// answer says what an answer says about this call.
func (c *call) answer(a answer) reply {
	if a.Compare != nil {
		c.compare(*a.Compare)
	}
	for _, choice := range a.Choose {
		if c.all(choice.If) {
			return c.say(choice.Say)
		}
	}
	if a.Accept != nil {
		c.accept(a.Accept)
	}
	if a.Announce != nil {
		c.sim.announce(c.vendor.name, firing{URL: c.filled(a.Announce["url"]), ID: c.filled(a.Announce["id"])})
	}
	if a.Do != "" {
		return c.act(a)
	}
	return c.plain(a)
}

// plain is an answer without what is to be done for it.
func (c *call) plain(a answer) reply {
	said := reply{status: a.Status, header: a.Header, billed: a.Billed}
	if a.Page != "" {
		said.body = page(a.Page)
	} else if a.Body != nil {
		said.body = c.render(a.Body)
	}
	return said
}

// comparison compares what the body gives with facts about the owner. It notes matched, for each field that was given,
// and verdict: all, some or none of them.
type comparison struct {
	In     string            `json:"in"` // before the names of the fields
	Fields map[string]string `json:"fields"`
}

func (c *call) compare(with comparison) {
	matched, hits := obj{}, 0
	for name, fact := range with.Fields {
		given := c.text(with.In + name)
		if given == "" {
			continue
		}
		truth, _ := PersonOf(c.number).fact(fact)
		hit := alike(given, truth)
		matched[name] = hit
		if hit {
			hits++
		}
	}
	verdict := "some"
	switch hits {
	case 0:
		verdict = "none"
	case len(matched):
		verdict = "all"
	}
	c.note("matched", matched)
	c.note("verdict", verdict)
}

// note keeps a value for the templates of this call.
func (c *call) note(name string, v any) {
	if c.notes == nil {
		c.notes = map[string]any{}
	}
	c.notes[name] = v
}
