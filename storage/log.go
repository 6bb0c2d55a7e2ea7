package storage

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"gorm.io/gorm/logger"
)

// slowQuery is how long a statement may take before it is logged.
const slowQuery = time.Second

// slowLog logs slow statements, by their text and never with values. It logs no errors: their callers do.
type slowLog struct{ log *slog.Logger }

func (l slowLog) LogMode(logger.LogLevel) logger.Interface { return l }

func (l slowLog) Info(context.Context, string, ...any) {}

// Warn and Error say what GORM itself finds wrong; data may hold values and is left out.
func (l slowLog) Warn(ctx context.Context, message string, _ ...any) {
	l.log.WarnContext(ctx, "gorm", "message", message)
}

func (l slowLog) Error(ctx context.Context, message string, _ ...any) {
	l.log.ErrorContext(ctx, "gorm", "message", message)
}

func (l slowLog) Trace(ctx context.Context, begin time.Time, statement func() (string, int64), _ error) {
	took := time.Since(begin)
	if took < slowQuery {
		return
	}
	text, rows := statement()
	l.log.WarnContext(ctx, "slow query", "sql", text, "rows", rows, "seconds", took.Seconds())
}

// ParamsFilter keeps values out of the statement's text.
func (l slowLog) ParamsFilter(_ context.Context, text string, _ ...any) (string, []any) {
	return text, nil
}

// hideRecorded closes a side door: for every Scan, GORM replaces the logger by a recorder that writes the values into
// the text, slow or not. Only a global variable of GORM turns that off.
var hideRecorded = sync.OnceFunc(func() { logger.RecorderParamsFilter = slowLog{}.ParamsFilter })
