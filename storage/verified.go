package storage

import (
	"context"
	"time"
)

// verified is the row of the table of readiness that tells when everything was last verified; row 1 is what readiness writes.
const verified = 2

// NoteVerified keeps when everything was last found to be true.
func (db *DB) NoteVerified(ctx context.Context, at time.Time) error {
	return db.Gorm.WithContext(ctx).Exec(
		"INSERT INTO readiness (one, at) VALUES (?, ?) ON CONFLICT (one) DO UPDATE SET at = excluded.at", verified, at).Error
}

// Verified gives when everything was last found to be true; zero when it never was.
func (db *DB) Verified(ctx context.Context) (time.Time, error) {
	var at []time.Time
	err := db.Read.WithContext(ctx).Table("readiness").Where("one = ? AND at IS NOT NULL", verified).Pluck("at", &at).Error
	if err != nil || len(at) == 0 {
		return time.Time{}, err
	}
	return at[0], nil
}
