package edge

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/models"
)

// Page sizes of every list.
const (
	defaultLimit = 20
	MaxLimit     = 100
)

// Paged is a list and where it stands.
type Paged[T any] struct {
	Data       []T        `json:"data"`
	Pagination pagination `json:"pagination"`
}

type pagination struct {
	Limit      int     `json:"limit"`
	NextCursor *string `json:"nextCursor"`
	HasMore    bool    `json:"hasMore"`
}

// Page puts a list together. cursor is where the next page begins, "" on the last one.
func Page[T any](rows []T, limit int, cursor string) Paged[T] {
	p := Paged[T]{Data: rows, Pagination: pagination{Limit: limit}}
	if rows == nil {
		p.Data = []T{}
	}
	if cursor != "" {
		p.Pagination.NextCursor, p.Pagination.HasMore = &cursor, true
	}
	return p
}

// SendPage answers with a page of rows. more: another page follows, which begins behind the last row's cursor.
func SendPage[R, V any](c *fiber.Ctx, limit int, rows []R, more bool, view func(R) V, cursor func(R) string) error {
	shown, next := make([]V, 0, len(rows)), ""
	for _, r := range rows {
		shown = append(shown, view(r))
	}
	if more {
		next = cursor(rows[len(rows)-1])
	}
	return Answer(c, Page(shown, limit, next))
}

// ErrLimit refuses a page size.
var ErrLimit = models.BadField("limit", "limit must be between 1 and 100")

// PageLimit reads the page size, which has a default.
func PageLimit(query map[string]string) (int, error) {
	text := query["limit"]
	if text == "" {
		return defaultLimit, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > MaxLimit {
		return 0, ErrLimit
	}
	return n, nil
}

// Cursor reads where the last page ended, which is an id. Cursors are opaque to callers, so that they may change.
func Cursor(query map[string]string) (string, error) {
	text := query["cursor"]
	if text == "" {
		return "", nil
	}
	id, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(id) != 12 {
		return "", models.BadField("cursor", "cursor is not valid")
	}
	return hex.EncodeToString(id), nil
}

// EncodeCursor makes the cursor of an id of ours.
func EncodeCursor(id string) string {
	raw, _ := hex.DecodeString(id) // ids are hex: what is not gives an empty cursor, which is refused
	return base64.RawURLEncoding.EncodeToString(raw)
}

// Moment reads a time, or a date that stands for its first moment in UTC.
func Moment(query map[string]string, name string) (time.Time, error) {
	text := query[name]
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil && at.Year() >= 1970 && at.Year() < 2100 {
			return at.UTC(), nil
		}
	}
	return time.Time{}, models.BadField(name, name+" must be a date or an RFC 3339 time")
}
