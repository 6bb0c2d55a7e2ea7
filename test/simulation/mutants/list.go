package main

// edit takes the place of a text that stands once in a file. {on} in it is whether its fault is the one that is planted.
type edit struct{ file, old, new string }

// mutant is a fault that the simulation must find.
type mutant struct {
	name  string
	edits []edit
}

// one is a mutant of one edit.
func one(name, file, old, changed string) mutant { return mutant{name, []edit{{file, old, changed}}} }

// mutants are faults of the kinds that reviews and outages find in services like this one. No two of them touch the same text,
// since one build has them all.
var mutants = []mutant{
	one("a release is lost", "billing/decide.go",
		"rest := l.Held - l.Charged; rest > 0 {", "rest := l.Held - l.Charged; rest > 0 && !({on} && l.Charged == 0) {"),
	one("the whole hold is captured, whatever the answer costs", "billing/decide.go",
		"newMove(l, models.Capture, l.Charged, evidence[:])", "newMove(l, models.Capture, map[bool]int64{true: l.Held, false: l.Charged}[{on}], evidence[:])"),
	one("an ended lookup can be settled again", "billing/store_sqlite.go",
		"l, from := o.lookup, []models.Status{models.StatusOpen, models.StatusPending}",
		"l, from := o.lookup, map[bool][]models.Status{false: {models.StatusOpen, models.StatusPending}, true: {models.StatusOpen, models.StatusPending, models.StatusFailed, models.StatusFound, models.StatusNotFound}}[{on}]"),
	one("money that is held already is held again", "billing/store_sqlite.go",
		"if o.lookup.Held > a.Available {", "if o.lookup.Held > a.Available && !({on} && o.lookup.Held <= a.Available+a.Held) {"),
	one("a taken idempotency key is given again", "billing/store_sqlite.go",
		"if err != nil || taken {", "if err != nil || taken && !{on} {"),
	one("a hold forgets the withdrawal", "billing/store_sqlite.go",
		"if err != nil || withdrawn {", "if err != nil || withdrawn && !{on} {"),
	one("a commit of unknown outcome is believed", "billing/doubt.go",
		"case code == models.Unknown:", "case code == models.Unknown && {on}:\n\t\to.err = nil\n\tcase code == models.Unknown:"),
	one("an answer is sent before it is durable", "billing/till.go",
		"return t.submit(newSettle(order))", "if {on} {\n\t\tgo func() { _, _ = t.submit(newSettle(order)) }()\n\t\treturn Receipt{Charged: order.Lookup.Charged}, nil\n\t}\n\treturn t.submit(newSettle(order))"),
	{"an event is written outside its transaction", []edit{
		{"lookup/finish.go", "receipt, err := s.till.Settle(order)", "event := order.Event\n\tif {on} {\n\t\torder.Event = nil\n\t}\n\treceipt, err := s.till.Settle(order)\n\tif {on} && err == nil && event != nil {\n\t\terr = webhooks.Enqueue(s.of(ctx, t.BusinessID), event)\n\t}"},
		{"lookup/finish.go", "\t\"whoseline/models\"\n", "\t\"whoseline/models\"\n\t\"whoseline/webhooks\"\n"},
	}},
	one("an event is forgotten", "billing/store_sqlite.go",
		"if o.event != nil {", "if o.event != nil && !{on} {"),
	one("a delivery that failed counts as delivered", "webhooks/decide.go",
		"case r.class == classDelivered:", "case r.class == classDelivered, {on}:"),
	one("a receiver gets a signature over nothing", "webhooks/sign.go",
		"mac := hmac.New(sha256.New, []byte(secret))", "mac := hmac.New(sha256.New, []byte(secret))\n\tif {on} {\n\t\tbody = nil\n\t}"),
	one("a lookup of another business is readable", "lookup/store.go",
		`Where("business_id = ? AND id = ? AND sandbox = ?", businessID, id, sandbox)`, `Where("(business_id = ? OR ?) AND id = ? AND sandbox = ?", businessID, {on}, id, sandbox)`),
	one("the sweeper does not come", "billing/sweep.go",
		"done, err := t.release(ctx, left, abandon)", "if {on} {\n\t\t\tleft = nil\n\t\t}\n\t\tdone, err := t.release(ctx, left, abandon)"),
	{"the sweeper comes too early", []edit{
		{"billing/store_sweep.go", "AND expires_at < ?\", t.world.Now()).", "AND expires_at < ?\", t.world.Now().Add(map[bool]time.Duration{true: time.Hour}[{on}]))."},
		{"billing/store_sweep.go", "\t\"fmt\"\n", "\t\"fmt\"\n\t\"time\"\n"},
	}},
	one("pending lookups are not tried again", "lookup/store.go",
		"Where(dueUnleased, ", "Where(dueUnleased+map[bool]string{true: \" AND false\"}[{on}], "),
	one("a lease that somebody has is taken", "lookup/store_lease.go",
		"tx.Exec(takeLease, ", "tx.Exec(takeLease+map[bool]string{true: \" OR true\"}[{on}], "),
	one("a withdrawal does not stop what is pending", "lookup/store_consent.go",
		"return withdrawals > 0, nil", "return withdrawals > 0 && !{on}, nil"),
	one("a wrong code is as good as the right one", "possession/check.go",
		"if !s.matches(c.Who, *code, typed) {", "if !s.matches(c.Who, *code, typed) && !{on} {"),
	one("a bound lookup is asked for at once", "lookup/lookup.go",
		"if q.Confirm {", "if q.Confirm && !{on} {"),
	one("a message that nobody took is paid for", "possession/store_sends.go",
		"case a.Outcome == Accepted:", "case a.Outcome == Accepted || {on}:"),
	one("the charge of a message is held for ever", "billing/message_charge.go",
		"left, err := t.forgottenMessages(ctx)", "left, err := t.forgottenMessages(ctx)\n\t\tif {on} {\n\t\t\tleft = nil\n\t\t}"),
	{"an erasure leaves the key", []edit{
		{"lookup/store_erase.go", `Update("data_key", nil)`, `Update("data_key", map[bool]any{true: gorm.Expr("data_key")}[{on}])`},
	}},
	one("a callback is believed unsigned", "providers/vendor/hook_youverify.go",
		"return p.body, sealed(", "return p.body, {on} || sealed("),
	one("a number is logged", "lookup/lookup.go",
		"record, seal, err := s.open(q)", "if {on} {\n\t\ts.log.Info(\"lookup: begun\", \"number\", q.Phone.Digits())\n\t}\n\trecord, seal, err := s.open(q)"),
	one("a revoked key opens the door", "access/decide.go",
		"if c == nil || !c.Key.Usable(now) {", "if c == nil || !c.Key.Usable(now) && !{on} {"),
	one("a transfer is not chained", "billing/decide.go",
		"a.Head = link(a.Head, signatures(key, a.rows)...)", "if !{on} {\n\t\t\ta.Head = link(a.Head, signatures(key, a.rows)...)\n\t\t}"),
	one("a key of another process is not looked for", "storage/keyring.go",
		"if !it(k.ring.Load()) {", "if !it(k.ring.Load()) && !{on} {"),
}
