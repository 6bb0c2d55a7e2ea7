package simulator

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"whoseline/providers/definitions"
)

// settle takes every answer from where it says that it comes from.
func (v *vendor) settle() error {
	for name := range v.Says {
		if err := v.resolve(v.Says, name); err != nil {
			return err
		}
	}
	for i := range v.Routes {
		r := &v.Routes[i]
		for name := range r.Answers {
			if err := v.resolve(r.Answers, name); err != nil {
				return err
			}
		}
		if r.Says != nil {
			one := map[string]answer{"": *r.Says}
			if err := v.resolve(one, ""); err != nil {
				return err
			}
			*r.Says = one[""]
		}
	}
	return nil
}

// resolve puts a complete answer in the place of one that is taken from another.
func (v *vendor) resolve(among map[string]answer, name string) error {
	a := among[name]
	switch {
	case a.Like != "":
		from := among
		if _, has := among[a.Like]; !has || a.Like == name {
			from = v.Says
		}
		if _, has := from[a.Like]; !has {
			return fmt.Errorf("%s is like %s, which there is not", name, a.Like)
		}
		if err := v.resolve(from, a.Like); err != nil {
			return err
		}
		a = a.over(from[a.Like])
	case a.Recorded != "":
		said, err := recorded(a.Recorded)
		if err != nil {
			return err
		}
		a.Status, a.Page, a.Body = said.Status, said.BodyText, merge(said.Body, a.With)
	}
	a.Like, a.Recorded, a.With = "", "", nil
	among[name] = a
	return nil
}

// over gives an answer with what it does not say itself from another.
func (a answer) over(base answer) answer {
	body := merge(base.Body, a.With)
	status, do := cmp.Or(a.Status, base.Status), cmp.Or(a.Do, base.Do)
	compare, choose, header := base.Compare, base.Choose, base.Header
	if a.Compare != nil {
		compare = a.Compare
	}
	if a.Choose != nil {
		choose = a.Choose
	}
	if a.Header != nil {
		header = a.Header
	}
	return answer{
		Status: status, Do: do, Compare: compare, Choose: choose, Header: header, Body: body, Page: base.Page,
		Billed: a.Billed || base.Billed, Facts: base.Facts, Accept: base.Accept, Announce: base.Announce,
	}
}

// exchange is the answer of a recorded one.
type exchange struct {
	Status   int    `json:"status"`
	Body     any    `json:"body"`
	BodyText string `json:"body_text"`
}

// recorded gives the answer of a recorded exchange.
func recorded(name string) (exchange, error) {
	var of struct {
		Response exchange `json:"response"`
	}
	text, err := definitions.Files.ReadFile("fixtures/" + name + ".json")
	if err != nil {
		return of.Response, err
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	err = dec.Decode(&of)
	return of.Response, err
}

// merge lays one value over another: objects member by member, everything else as a whole.
func merge(under, over any) any {
	below, isBelow := under.(obj)
	above, isAbove := over.(obj)
	switch {
	case over == nil:
		return under
	case !isBelow || !isAbove:
		return over
	}
	made := obj{}
	for name, value := range below {
		made[name] = value
	}
	for name, value := range above {
		made[name] = merge(made[name], value)
	}
	return made
}

// lacks names what a contract speaks of and does not have.
func (v *vendor) lacks() error {
	var errs []error
	for _, r := range v.Routes {
		need := r.needs()
		for _, name := range need.answers {
			_, own := r.Answers[name]
			if _, shared := v.Says[name]; !own && !shared {
				errs = append(errs, fmt.Errorf("%s has no answer %q", r.Ask, name))
			}
		}
		for _, name := range need.checks {
			if checks[name] == nil {
				errs = append(errs, fmt.Errorf("%s: there is no check %q", r.Ask, name))
			}
		}
	}
	return errors.Join(append(errs, v.unknownActions()...)...)
}

type needs struct{ answers, checks []string }

// needs gives what a route speaks of by name.
func (r route) needs() (need needs) {
	for _, rule := range r.Refuse {
		if rule.Check == "" {
			need.answers = append(need.answers, rule.Say)
			continue
		}
		name, _, _ := strings.Cut(rule.Check, " ")
		need.checks = append(need.checks, name)
	}
	for _, name := range names {
		if r.Says == nil && name != "" {
			need.answers = append(need.answers, name)
		}
	}
	return need
}

// unknownActions looks at every answer, and at the answers that they choose from.
func (v *vendor) unknownActions() (errs []error) {
	known := actions()
	all := slices.Collect(maps.Values(v.Says))
	for _, r := range v.Routes {
		all = slices.AppendSeq(all, maps.Values(r.Answers))
		if r.Says != nil {
			all = append(all, *r.Says)
		}
	}
	for _, a := range all {
		if name, _, _ := strings.Cut(a.Do, " "); a.Do != "" && known[name] == nil {
			errs = append(errs, fmt.Errorf("there is no action %q", name))
		}
		for _, choice := range a.Choose {
			if _, has := v.Says[choice.Say]; !has {
				errs = append(errs, fmt.Errorf("there is no answer %q to choose", choice.Say))
			}
		}
	}
	return errs
}
