package app_test

import (
	"net"
	"testing"
	"time"

	"whoseline/storage"
)

// A gateway that is told to stop before its servers have begun leaves none of them behind: the room's tests end with a look for such.
func TestAShutdownBeforeTheServersHaveBegunEndsThem(t *testing.T) {
	_, a := gatewayOver(t, storage.SQLite)
	for range 200 {
		on, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Serve(on).Shutdown(time.Second); err != nil {
			t.Fatal(err)
		}
	}
}
