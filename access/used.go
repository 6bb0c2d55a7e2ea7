package access

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"whoseline/models"
)

// uses remembers when each key was last used, since it was last written down. There are as many as keys that this process has seen.
type uses struct{ at sync.Map }

// of gives where a key's last use is noted, in microseconds; 0 = nothing that is not written.
func (u *uses) of(id string) *atomic.Int64 {
	at, _ := u.at.LoadOrStore(id, new(atomic.Int64))
	return at.(*atomic.Int64)
}

// WriteUses writes down when keys were last used. A process that ends before loses a minute of it at most.
func (k *Keys) WriteUses(ctx context.Context) (err error) {
	k.uses.at.Range(func(id, at any) bool {
		last := at.(*atomic.Int64).Swap(0)
		if last != 0 {
			err = k.store.keyUsed(ctx, id.(string), time.UnixMicro(last).UTC())
		}
		return err == nil
	})
	return models.FaultIn("write when keys were used", err)
}
