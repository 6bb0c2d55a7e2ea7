package simulator

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// render fills in the templates of a value. The member + of an object is spread over it.
func (c *call) render(v any) any {
	switch v := v.(type) {
	case string:
		return c.fill(v)
	case obj:
		made := obj{}
		for name, value := range v {
			if name != "+" {
				made[name] = c.render(value)
				continue
			}
			for name, value := range c.render(value).(obj) { // what is spread is an object
				made[name] = value
			}
		}
		return made
	case list:
		made := make(list, len(v))
		for i, value := range v {
			made[i] = c.render(value)
		}
		return made
	default:
		return v
	}
}

var placeholder = regexp.MustCompile(`\{\{[^}]*\}\}`)

// fill puts values in the place of {{…}}. A text that is nothing but one placeholder takes the value with its type.
func (c *call) fill(text string) any {
	if at := placeholder.FindStringIndex(text); at != nil && at[0] == 0 && at[1] == len(text) {
		return c.eval(text[2 : len(text)-2])
	}
	return placeholder.ReplaceAllStringFunc(text, func(hit string) string { return fmt.Sprint(c.eval(hit[2 : len(hit)-2])) })
}

// filled fills in a template and gives its value as a text.
func (c *call) filled(template string) string { return fmt.Sprint(c.fill(template)) }

// eval gives the value of an expression: a name with an argument, and filters behind it.
func (c *call) eval(expression string) any {
	parts := strings.Split(expression, "|")
	name, arg, _ := strings.Cut(parts[0], " ")
	v := c.lookUp(name, arg)
	for _, filter := range parts[1:] {
		v = filtered(fmt.Sprint(v), filter)
	}
	return v
}

// lookUp finds what a name stands for: something that an action noted, a place in the request, a fact of the call, a
// credential, or the owner.
func (c *call) lookUp(name, arg string) any {
	if v, noted := c.notes[name]; noted {
		return v
	}
	if v, is := c.place(name, arg); is {
		return v
	}
	if v, is := c.fact(name, arg); is {
		return v
	}
	if v, is := c.vendor.Credentials.byName(name); is {
		return v
	}
	if v, is := PersonOf(c.number).fact(name); is {
		return v
	}
	if second, is := strings.CutPrefix(name, "second_"); is {
		if v, is := flatmateOf(c.number).fact(second); is {
			return v
		}
	}
	panic(fmt.Sprintf("vendors/%s.yaml: there is no %s", c.vendor.name, name)) // the files are built in and tested
}

// place reads the request.
func (c *call) place(name, arg string) (any, bool) {
	switch name {
	case "header":
		return c.Header.Get(arg), true
	case "query":
		return c.URL.Query().Get(arg), true
	case "in_path":
		return c.PathValue(arg), true
	case "json":
		return c.value(arg).Value(), true
	case "text":
		return c.text(arg), true
	case "form":
		return c.form().Get(arg), true
	case "part":
		return multipartForm(c)[arg], true
	case "basic":
		user, password, _ := c.BasicAuth()
		return map[string]string{"user": user, "password": password}[arg], true
	}
	return nil, false
}

// fact is what the simulator knows of a call.
func (c *call) fact(name, arg string) (any, bool) {
	switch name {
	case "number":
		return c.number, true
	case "reference":
		return c.reference, true
	case "digits":
		return canonical(c.number), true
	case "base":
		return c.base(), true
	case "here":
		return strings.TrimPrefix(c.URL.Path, "/"+c.vendor.name), true
	case "now":
		return c.now().Format(arg), true
	case "portrait":
		return portrait, true
	case "granted":
		granted, ok := c.sim.tokens.of(c)
		return ok && (arg == "" || granted.allows(arg)), true
	case "subject":
		granted, _ := c.sim.tokens.of(c)
		return granted.subject, true
	case "smile_signed":
		return smileSigned(c, arg), true
	case "smile_signature":
		return smileSignature(c.now().Format(arg), c.vendor.Credentials), true
	default:
		return c.byTurn(name, arg)
	}
}

// byTurn is what differs from one call about a number to the next.
func (c *call) byTurn(name, arg string) (any, bool) {
	switch name {
	case "odd":
		return c.turn%2 == 1, true
	case "id":
		n, _ := strconv.Atoi(arg) // the files say how long
		return c.id(n), true
	case "serial":
		return c.serial(), true
	case "decimals":
		return c.decimals(), true
	}
	return nil, false
}

func (k Credentials) byName(name string) (string, bool) {
	v, is := map[string]string{
		"secret": k.Secret, "app_id": k.AppID, "partner_id": k.PartnerID, "client_id": k.ClientID,
		"username": k.Username, "sender": k.Sender, "template": k.Template,
	}[name]
	return v, is
}

// fact is one of a person, by the name that it has in the control plane, or a composition.
func (p Person) fact(name string) (string, bool) {
	number, street, _ := strings.Cut(p.Street, " ")
	v, is := map[string]string{
		"first": p.First, "middle": p.Middle, "last": p.Last, "born": p.Born, "gender": p.Gender, "nin": p.NIN, "email": p.Email,
		"town": p.Town, "state": p.State, "street": p.Street, "full": p.First + " " + p.Middle + " " + p.Last,
		"initial": p.Gender[:1], "house": number, "road": street,
	}[name]
	return v, is
}

// filtered is a text after a filter: upper, lower, as LAYOUT for a date, like PATTERN for what is nothing in another form.
func filtered(text, filter string) string {
	name, arg, _ := strings.Cut(strings.TrimSpace(filter), " ")
	switch name {
	case "upper":
		return strings.ToUpper(text)
	case "lower":
		return strings.ToLower(text)
	case "as":
		at, _ := time.Parse(time.DateOnly, text) // written by invent
		return at.Format(arg)
	case "like":
		if regexp.MustCompile(arg).MatchString(text) {
			return text
		}
		return ""
	default:
		panic("there is no filter " + name)
	}
}

// id makes an identifier of n hex digits, the same for the same turn of the same number.
func (c *call) id(n int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %s %d", c.vendor.name, c.route.Ask, NumberKey(c.number), c.turn))
	return hex.EncodeToString(sum[:])[:n]
}

// serial makes a number out of what id makes.
func (c *call) serial() int {
	n, _ := strconv.ParseInt(c.id(6), 16, 64) // six hex digits always parse
	return int(n)
}

// decimals makes ten decimal digits out of what id makes.
func (c *call) decimals() string {
	digits := []byte(c.id(10))
	for i, d := range digits {
		digits[i] = '0' + d%10
	}
	return string(digits)
}
