package main

// edit takes the place of a text that stands once in a file.
type edit struct{ file, old, new string }

// mutant is a fault that the simulation must find.
type mutant struct {
	name  string
	edits []edit
}

// mutants are faults of the kinds that reviews and outages have found in services like this one.
var mutants = []mutant{
	{"a release is lost", []edit{{
		"billing/decide.go", "if rest := l.Held - l.Charged; rest > 0 {", "if rest := l.Held - l.Charged; rest > 0 && l.Charged > 0 {",
	}}},
	{"the whole hold is captured, whatever the answer costs", []edit{{
		"billing/decide.go", "newMove(l, models.Capture, l.Charged, evidence[:])", "newMove(l, models.Capture, l.Held, evidence[:])",
	}}},
	{"an ended lookup can be settled again", []edit{{
		"billing/store_sqlite.go", "l.BusinessID, l.ID, []models.Status{models.StatusOpen, models.StatusPending}).",
		"l.BusinessID, l.ID, []models.Status{models.StatusOpen, models.StatusPending, models.StatusFailed, models.StatusFound, models.StatusNotFound}).",
	}}},
	{"money is not counted before it is held", []edit{{
		"billing/store_sqlite.go", "if o.lookup.Held > a.Available {", "if o.lookup.Held > a.Available+a.Held {",
	}}},
	{"a taken idempotency key is given again", []edit{{
		"billing/store_sqlite.go", "if err != nil || taken {", "if err != nil || taken && len(o.reserve.Key) == 0 {",
	}}},
	{"a hold forgets the withdrawal", []edit{{
		"billing/store_sqlite.go", "if err != nil || withdrawn {", "if err != nil || withdrawn && len(t.accounts) == 0 {",
	}}},
	{"a commit of unknown outcome is believed", []edit{{
		"billing/committer.go", "t.recover(l, ops)\n\t\treturn", "return",
	}}},
	{"an answer is sent before it is durable", []edit{{
		"lookup/finish.go", "receipt, err := s.till.Settle(order)", "receipt := billing.Receipt{}\n\tgo func() { _, _ = s.till.Settle(order) }()",
	}}},
	{"an event is written outside its transaction", []edit{
		{"lookup/finish.go", "receipt, err := s.till.Settle(order)", "event := order.Event\n\torder.Event = nil\n\treceipt, err := s.till.Settle(order)\n\tif err == nil && event != nil {\n\t\terr = webhooks.Enqueue(s.of(ctx, t.BusinessID), event)\n\t}"},
		{"lookup/finish.go", "\t\"whoseline/models\"\n", "\t\"whoseline/models\"\n\t\"whoseline/webhooks\"\n"},
	}},
	{"an event is forgotten", []edit{{
		"billing/store_sqlite.go", "return t.outbox.Write(t.tx, o.event)", "return nil",
	}}},
	{"a delivery that timed out counts as delivered", []edit{{
		"webhooks/decide.go", "case r.class == classDelivered:", "case r.class == classDelivered, r.class == classTimeout, r.class == classOther, r.class == classBroken:",
	}}},
	{"a lookup of another business is readable", []edit{{
		"lookup/store.go", `Where("business_id = ? AND id = ? AND sandbox = ?", businessID, id, sandbox)`, `Where("? <> '' AND id = ? AND sandbox = ?", businessID, id, sandbox)`,
	}}},
	{"the sweeper does not come", []edit{{
		"billing/store_sweep.go", "status = 'open' AND expires_at < ?", "status = 'opened' AND expires_at < ?",
	}}},
	{"the sweeper comes too early", []edit{{
		"billing/store_sweep.go", `AND expires_at < ?", t.world.Now()).`, `AND expires_at < ?", t.world.Now().Add(time.Hour)).`,
	}, {
		"billing/store_sweep.go", "\t\"fmt\"\n", "\t\"fmt\"\n\t\"time\"\n",
	}}},
	{"pending lookups are not tried again", []edit{{
		"lookup/store.go", "const dueUnleased = `status = 'pending'", "const dueUnleased = `status = 'pended'",
	}}},
	{"a lease that somebody has is taken", []edit{{
		"lookup/store_lease.go", "until = excluded.until WHERE c.until <= ?`", "until = excluded.until WHERE c.until <= ? OR true`",
	}}},
	{"a lease is not renewed before a question", []edit{{
		"lookup/lease.go", "if err := l.renew(ctx); err != nil {\n\t\treturn Finding{}, err\n\t}\n\treturn l.seconded", "return l.seconded",
	}}},
	{"a withdrawal does not stop what is pending", []edit{{
		"lookup/store_consent.go", "return withdrawals > 0, nil", "return withdrawals > 1, nil",
	}}},
	{"a wrong code is as good as the right one", []edit{{
		"possession/check.go", "if !s.matches(b, try, typed) {", "if !s.matches(b, try, typed) && typed == \"\" {",
	}}},
	{"a bound lookup is asked for at once", []edit{{
		"lookup/lookup.go", "if q.Confirm {", "if q.Confirm && q.Phone.IsZero() {",
	}}},
	{"a message that nobody took is paid for", []edit{{
		"billing/message_charge.go", "if accepted {", "if accepted || c.Amount > 0 {",
	}}},
	{"the charge of a message is held for ever", []edit{{
		"billing/message_charge.go", "left, err := t.forgottenMessages(ctx)", "left, err := t.forgottenMessages(ctx)\n\t\tleft = left[:0]",
	}}},
	{"an erasure leaves the key", []edit{{
		"lookup/store_erase.go", `Update("data_key", nil)`, `Update("data_key", gorm.Expr("data_key"))`,
	}}},
	{"a callback is believed unsigned", []edit{{
		"providers/vendor/hook_youverify.go", "return p.body, sealed(", "return p.body, len(text) > 0 || sealed(",
	}}},
	{"a number is logged", []edit{{
		"lookup/lookup.go", "record, seal, err := s.open(q)", "s.log.Info(\"lookup: begun\", \"number\", q.Phone.Digits())\n\trecord, seal, err := s.open(q)",
	}}},
	{"a revoked key opens the door", []edit{{
		"access/decide.go", "if c == nil || !c.Key.Usable(now) {", "if c == nil {",
	}}},
	{"a transfer is not chained", []edit{{
		"billing/decide.go", "a.rows[len(a.rows)-1].Head = markOf(key, a.Head)", "a.rows[len(a.rows)-1].Head = markOf(key, a.Head[:16])",
	}}},
	{"a key of another process is not looked for", []edit{{
		"storage/keyring.go", "_ = k.reload() // without", "_ = k.tried // without",
	}}},
}
