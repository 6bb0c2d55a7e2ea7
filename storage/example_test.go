package storage_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"whoseline/storage"
)

func ExampleOpen() {
	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	db, err := storage.Open(context.Background(), storage.Options{URL: "sqlite:" + filepath.Join(dir, "whoseline.db")})
	if err != nil {
		panic(err)
	}
	defer db.Close()
	applied, err := db.Migrate(context.Background())
	fmt.Println(db.Engine, applied[0].Name, err)
	// Output: sqlite house <nil>
}
