package webhooks_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/webhooks"
)

func ExampleEnqueue() {
	ctx, world := context.Background(), models.RealWorld()
	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	db, err := storage.Open(ctx, storage.Options{URL: "sqlite:" + filepath.Join(dir, "whoseline.db")})
	if err != nil {
		panic(err)
	}
	defer db.Close()
	if _, err := db.Migrate(ctx); err != nil {
		panic(err)
	}
	vault, err := storage.OpenKeyring(ctx, db.Gorm, make([]byte, 32), nil, world.Now)
	if err != nil {
		panic(err)
	}
	hooks := webhooks.New(webhooks.Options{DB: db.Gorm, Read: db.Read, Vault: vault, World: world})
	_, secret, err := hooks.Create(ctx, webhooks.NewEndpoint{BusinessID: "shop", URL: "https://example.com/hook"})
	fmt.Println(secret[:6], err)

	event, err := hooks.Seal(webhooks.NewEvent{
		BusinessID: "shop", Type: "identity.verification.completed", LookupID: "61b934dfaab326675cdfaab3", Payload: []byte(`{}`),
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(webhooks.Enqueue(db.Gorm, event))
	waiting, _, err := hooks.Deliveries(ctx, webhooks.Search{BusinessID: "shop"})
	fmt.Println(len(waiting), waiting[0].State, err)
	// Output:
	// whsec_ <nil>
	// <nil>
	// 1 waiting <nil>
}
