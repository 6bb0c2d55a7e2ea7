package console

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/billing"
	"whoseline/models"
	"whoseline/staff"
)

// limitsView is what a wallet page shows of caps, warnings and prices.
type limitsView struct {
	May       bool // the visitor may change them
	Threshold *int64
	Level     tag
	Caps      []capRow
	Owners    []ownerRow // who may get a cap
	Prices    []priceRow
	Pays      bool // the gateway takes payments
	TopUps    []topUpRow
	Form      url.Values // what was typed and refused
}

type capRow struct {
	billing.Cap
	Whose string
	Ends  time.Time
}

type ownerRow struct{ ID, Name string }

type priceRow struct {
	What, Outcome string
	Amount        int64
}

// levelTags are the words for what a wallet has left.
var levelTags = map[models.WalletLevel]tag{
	models.WalletEnough: {"Enough", "good"}, models.WalletLow: {"Low", "warn"}, models.WalletDepleted: {"Depleted", "bad"},
}

func (k *console) limits(ctx context.Context, c *fiber.Ctx, w models.Wallet) (v limitsView, err error) {
	who := signedIn(c)
	v.Form = formOf(c)
	v.May, v.Threshold, v.Level = who.Role.May(staff.ManageMoney), w.Threshold, levelTags[w.Level]
	keys, _, err := k.Keys.List(ctx, who.BusinessID, models.Page{Limit: maxNamedKeys})
	if err != nil {
		return v, err
	}
	now, names := k.World.Now(), map[string]string{"": "The business"}
	for _, key := range keys {
		if names[key.ID] = "Key " + key.Name; key.Usable(now) && !key.Sandbox {
			v.Owners = append(v.Owners, ownerRow{key.ID, key.Name})
		}
	}
	caps, err := k.Till.Caps(ctx, who.BusinessID)
	if err != nil {
		return v, err
	}
	for _, one := range caps {
		used := one.Used(now, zone(c))
		if names[one.Owner] == "" {
			names[one.Owner] = "Key " + one.Owner
		}
		v.Caps = append(v.Caps, capRow{used, names[one.Owner], used.Ends(zone(c))})
	}
	if v.Pays = k.Payments != nil && k.Payments.Takes(); v.Pays {
		if v.TopUps, err = k.topUpRows(ctx, who.BusinessID); err != nil {
			return v, err
		}
	}
	prices, err := k.Businesses.Prices(ctx, who.BusinessID)
	for _, p := range prices {
		v.Prices = append(v.Prices, priceRow{productWords[p.Product], plain(string(p.Outcome)), p.Amount})
	}
	return v, err
}

var productWords = map[billing.Product]string{
	billing.Phone: "Phone", billing.PhoneAdvanced: "Phone, full record", billing.Message: "Message with a code",
}

// setThreshold answers POST /console/wallet/threshold. Without an amount nobody is warned.
func (k *console) setThreshold(c *fiber.Ctx) error {
	amount, err := nairaOf(formOf(c).Get("amount"), "amount")
	if err == nil {
		err = k.Threshold(c.UserContext(), signedIn(c).BusinessID, amount)
	}
	if err != nil {
		return again(c, err, k.wallet)
	}
	return done(c, "/wallet", "threshold")
}

// setCap answers POST /console/wallet/caps. Without a bound the cap is taken away.
func (k *console) setCap(c *fiber.Ctx) (err error) {
	form := formOf(c)
	one := billing.Cap{BusinessID: signedIn(c).BusinessID, Owner: form.Get("owner"), Period: billing.Period(form.Get("period"))}
	if one.Money, err = nairaOf(form.Get("money"), "money"); err == nil {
		one.Lookups, err = numberOf(form.Get("lookups"), "lookups")
	}
	if err == nil {
		err = k.Businesses.SetCap(c.UserContext(), one)
	}
	if err != nil {
		return again(c, err, k.wallet)
	}
	return done(c, "/wallet", "cap")
}

// maxTyped is how large a number may be that somebody types.
const maxTyped = 1_000_000_000_000

// nairaOf reads an amount as people type it, such as 2,500 or 2500.50; nil where there is none.
func nairaOf(text, field string) (kobo *int64, err error) {
	whole, part, pointed := strings.Cut(strings.ReplaceAll(strings.TrimSpace(text), ",", ""), ".")
	if text = whole + part; text == "" {
		return nil, nil
	}
	if pointed && len(part) != 2 {
		return nil, models.BadField(field, "an amount is like 2500 or 2500.50")
	}
	if !pointed {
		text += "00"
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil || n > maxTyped*100 {
		return nil, models.BadField(field, "an amount is like 2500 or 2500.50")
	}
	return new(int64(n)), nil
}

func numberOf(text, field string) (*int64, error) {
	if text = strings.TrimSpace(text); text == "" {
		return nil, nil
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil || n > maxTyped {
		return nil, models.BadField(field, field+" must be a whole number")
	}
	return new(int64(n)), nil
}
