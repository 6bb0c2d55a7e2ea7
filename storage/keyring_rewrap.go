package storage

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"
)

// rewrapBatch is how many rows are put under the newest key at once.
const rewrapBatch = 500

// Rewrapped is what a Rewrap has done.
type Rewrapped struct {
	Rows    int64 // sealed again
	Deleted int   // keys that nothing needs any more
	Kept    int   // keys that were replaced less than ten minutes ago: a process may still be using them, so run it again
}

// Rewrap seals everything that is sealed directly, and the keys of all records, under the newest keys. It deletes the
// keys that were replaced at least ten minutes ago. It may run beside gateways and may be stopped and started again.
// progress, if it is set, is called after each batch with the number of rows. If a row does not open, the others are
// done, no key is deleted, and the error names the row. At the end an SQLite file is rewritten without what was deleted
// from it.
func (k *Keyring) Rewrap(ctx context.Context, progress func(done int64)) (Rewrapped, error) {
	var result Rewrapped
	if err := k.take(ctx); err != nil {
		return result, err
	}
	started := k.now()
	err := k.load(ctx)
	k.yield()
	if err != nil {
		return result, err
	}
	done := int64(0)
	tell := func(rows int) {
		done += int64(rows)
		if progress != nil {
			progress(done)
		}
	}
	err = rewrap(ctx, k, directory, &result, tell)
	for _, at := range sealedColumns {
		err = errors.Join(err, rewrap(ctx, k, at, &result, tell))
	}
	if err != nil {
		return result, fmt.Errorf("rewrap: %w", err)
	}
	if err := k.retire(ctx, started.Add(-retireAfter), &result); err != nil {
		return result, fmt.Errorf("delete replaced keys: %w", err)
	}
	if err := scrub(ctx, k.db); err != nil {
		return result, fmt.Errorf("the keys were deleted, but: %w", err)
	}
	return result, nil
}

// sealedColumn is a column that holds sealed data, in a table whose primary key has two columns of type K.
type sealedColumn[K string | []byte] struct {
	table, first, second, column string
	cast                         string // PostgreSQL's name of K
	purpose                      string
	aad                          func(first, second K) string
}

// sealedColumns are all other columns under the keyring. A new sealed column must be added here, or its data is lost
// when its key is deleted.
var sealedColumns = []sealedColumn[string]{
	ofBusiness("lookups", "data_key", purposeWrap, RecordAAD),
	ofBusiness("batches", "data_key", purposeWrap, func(b, id string) string { return b + "/batch/" + id }),
	ofBusiness("recent_answers", "data_key", purposeWrap, func(b, id string) string { return b + "/recent/" + id }),
	ofBusiness("possession_subjects", "data_key", purposeWrap, func(b, id string) string { return b + "/subject/" + id }),
	ofBusiness("possession_test_numbers", "sealed", purposeDirect, func(b, id string) string { return b + "/test_number/" + id }),
	ofBusiness("possession_outbox", "sealed", purposeDirect, func(b, id string) string { return b + "/outbox/" + id }),
	ofBusiness("webhook_events", "payload", purposeDirect, func(b, id string) string { return "webhook_events/" + b + "/" + id }),
	ofBusiness("webhook_endpoints", "secret", purposeDirect, endpointAAD),
	ofBusiness("webhook_endpoints", "previous", purposeDirect, endpointAAD),
	ofBusiness("staff", "sealed", purposeDirect, staffAAD("sealed")),
	ofBusiness("staff", "totp", purposeDirect, staffAAD("totp")),
	ofBusiness("staff", "totp_offer", purposeDirect, staffAAD("totp_offer")),
	ofBusiness("staff_forms", "answer", purposeDirect, func(b, id string) string { return b + "/staff_forms/" + id }),
	{
		table: "chain_keys", first: "scope", second: "id", column: "sealed", cast: "text", purpose: purposeDirect, aad: chainAAD,
	},
	{
		table: "subject_issuers", first: "issuer", second: "audience", column: "secret", cast: "text", purpose: purposeDirect,
		aad: func(issuer, audience string) string { return issuer + "\n" + audience },
	},
}

func endpointAAD(businessID, id string) string { return "webhook_endpoints/" + businessID + "/" + id }

func staffAAD(column string) func(businessID, id string) string {
	return func(businessID, id string) string { return businessID + "/staff/" + id + "/" + column }
}

func ofBusiness(table, column, purpose string, aad func(businessID, id string) string) sealedColumn[string] {
	return sealedColumn[string]{
		table: table, first: "business_id", second: "id", column: column, cast: "text", purpose: purpose, aad: aad,
	}
}

var directory = sealedColumn[[]byte]{
	table: "directory_owners", first: "number_index", second: "owner_index", column: "sealed", cast: "bytea",
	purpose: purposeDirect, aad: func(number, _ []byte) string { return DirectoryAAD(number) },
}

type sealedRow[K string | []byte] struct {
	First, Second K
	Sealed        []byte
}

// rewrap walks a table by its primary key.
func rewrap[K string | []byte](
	ctx context.Context, k *Keyring, at sealedColumn[K], result *Rewrapped, tell func(int),
) error {
	var failed error
	var last []sealedRow[K]
	for {
		rows, err := at.page(k.read.WithContext(ctx), last)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return failed
		}
		last = rows[len(rows)-1:]
		fresh, err := at.renew(k, rows)
		if failed == nil { // the first error is enough
			failed = err
		}
		changed, err := at.update(ctx, k.db, fresh)
		if err != nil {
			return err
		}
		result.Rows += changed
		tell(len(rows))
	}
}

// page reads the rows after the last one, or the first rows. The blank in "( ?" matters, here and below: right after a
// parenthesis GORM makes a list of the bytes of a []byte.
func (at sealedColumn[K]) page(db *gorm.DB, last []sealedRow[K]) (rows []sealedRow[K], err error) {
	key := at.first + ", " + at.second
	query := db.Table(at.table).Where(at.column + " IS NOT NULL").Order(key).Limit(rewrapBatch).
		Select(at.first + " AS first, " + at.second + " AS second, " + at.column + " AS sealed")
	if len(last) > 0 {
		query = query.Where("("+key+") > ( ?, ?)", last[0].First, last[0].Second)
	}
	return rows, query.Scan(&rows).Error
}

// renewal is one row to be changed: its old and its new value.
type renewal[K string | []byte] struct {
	sealedRow[K]
	fresh []byte
}

// renew seals again what is not under the newest key.
func (at sealedColumn[K]) renew(k *Keyring, rows []sealedRow[K]) (renewed []renewal[K], failed error) {
	shelf := k.ring.Load().shelf(at.purpose)
	for _, row := range rows {
		if len(row.Sealed) >= len(keyID{}) && keyID(row.Sealed) == shelf.newest {
			continue
		}
		aad := at.aad(row.First, row.Second)
		plain, err := k.open(row.Sealed, aad, at.purpose)
		if err != nil {
			failed = fmt.Errorf("%s %s: %w", at.table, aad, err)
			continue
		}
		renewed = append(renewed, renewal[K]{row, shelf.seal(aad, plain)})
	}
	return renewed, failed
}

// update changes rows that still are what they were: one that was erased meanwhile stays erased.
func (at sealedColumn[K]) update(ctx context.Context, db *gorm.DB, rows []renewal[K]) (int64, error) {
	if len(rows) == 0 {
		return 0, nil
	}
	first, args := "( ?, ?, ?, ?)", make([]any, 0, 4*len(rows))
	if db.Name() == Postgres {
		first = strings.ReplaceAll("( ?::key, ?::key, ?::bytea, ?::bytea)", "key", at.cast)
	}
	for _, row := range rows {
		args = append(args, row.First, row.Second, row.Sealed, row.fresh)
	}
	statement := fmt.Sprintf(`UPDATE %[1]s SET %[4]s = new.column4 FROM (VALUES %[5]s%[6]s) AS new
		WHERE %[1]s.%[2]s = new.column1 AND %[1]s.%[3]s = new.column2 AND %[1]s.%[4]s = new.column3`,
		at.table, at.first, at.second, at.column, first, strings.Repeat(", ( ?, ?, ?, ?)", len(rows)-1))
	change := db.WithContext(ctx).Exec(statement, args...)
	return change.RowsAffected, change.Error
}

// retire deletes the keys that were replaced before a time.
func (k *Keyring) retire(ctx context.Context, before time.Time, result *Rewrapped) error {
	if err := k.take(ctx); err != nil {
		return err
	}
	defer k.yield()
	err := k.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		rows, err := lockedKeys(tx)
		if err != nil {
			return err
		}
		var gone []string
		older := map[string]string{} // by purpose, the key before
		for _, row := range rows {
			id := older[row.Purpose]
			older[row.Purpose] = row.ID
			switch {
			case id == "":
			case row.CreatedAt.After(before):
				result.Kept++
			default:
				gone = append(gone, id)
			}
		}
		result.Deleted = len(gone)
		if len(gone) == 0 {
			return nil
		}
		return tx.Delete(&sealingKey{}, "id IN ?", gone).Error
	})
	if err != nil {
		return err
	}
	return k.load(ctx)
}
