package possession_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"time"

	"whoseline/models"
	"whoseline/possession"
	"whoseline/settings"
	"whoseline/storage"
)

func Example() {
	ctx := context.Background()
	dir, _ := os.MkdirTemp("", "whoseline-example-")
	defer os.RemoveAll(dir)
	db, err := storage.Open(ctx, storage.Options{URL: "sqlite:" + dir + "/example.db"})
	if err != nil {
		panic(err)
	}
	defer db.Close()
	if _, err := db.Migrate(ctx); err != nil {
		panic(err)
	}
	world := models.RealWorld()
	vault, err := storage.OpenKeyring(ctx, db.Gorm, bytes.Repeat([]byte{1}, 32), nil, world.Now)
	if err != nil {
		panic(err)
	}
	outbox := possession.TestInbox{DB: db.Gorm, Read: db.Read, Box: vault, World: world}
	limits := settings.Limits{PerNumber: settings.Cap{Most: 3, Within: 10 * time.Minute}}
	service := possession.New(possession.Options{
		DB: db.Gorm, Read: db.Read, Vault: vault, World: world, Live: outbox, Sandbox: outbox,
		Limits: limits, SendWithin: time.Second,
		NewCode: func() string { return "686330" },
	})

	ada := possession.Who{BusinessID: "shop", Subject: "request-1"}
	policy := possession.Policy{Life: 10 * time.Minute, Exclusive: true}
	number, _ := possession.ParseApart("20", "01000000000")
	_, err = service.Open(ctx, possession.Opening{Who: ada})
	fmt.Println("opened:", err)
	_, err = service.Add(ctx, possession.AddNumber{Who: ada, Policy: policy, Phone: number})
	fmt.Println("added:", err)
	sent, err := service.Send(ctx, possession.SendCode{Who: ada, Policy: policy, Messages: settings.Messages{Limits: limits}})
	fmt.Println("sent:", sent.Delivery.Outcome, err)
	_, err = service.Check(ctx, possession.CheckCode{Who: ada, Policy: policy, Code: "123456"})
	fmt.Println("wrong:", models.CodeOf(err))
	holder, err := service.Check(ctx, possession.CheckCode{Who: ada, Policy: policy, Code: "686330"})
	fmt.Println("right:", err, holder.Possessed()[0].Phone.E164(), holder.Possessed()[0].Default, holder.Details.Sequence)
	// Output:
	// opened: <nil>
	// added: <nil>
	// sent: accepted <nil>
	// wrong: code_wrong
	// right: <nil> +201000000000 true 3
}

func ExampleParseApart() {
	number, err := possession.ParseApart("20", "01000000000")
	fmt.Println(number.E164(), err)
	// Output: +201000000000 <nil>
}

func ExampleParseLoose() {
	number, err := possession.ParseLoose("+1+1", "555-123-4567")
	fmt.Println(number.E164(), err)
	// Output: +15551234567 <nil>
}

func ExampleCheckTemplate() {
	fmt.Println(possession.CheckTemplate("Your code is {code}, good for {minutes} minutes."))
	fmt.Println(possession.CheckTemplate("Your code is on its way."))
	// Output:
	// <nil>
	// invalid: text must contain {code} once
}
