package v1

import (
	"context"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"whoseline/handlers/edge"
	"whoseline/models"
	"whoseline/views"
)

// batchResult answers GET /v1/batches/:id/result: what became of each row.
func (a *api) batchResult(c *fiber.Ctx) error {
	b, err := a.ownBatch(c)
	if err != nil {
		return err
	}
	release := edge.CallerOf(c).Settings.Release
	return a.send(c, export{"batch-" + b.ID, views.BatchColumns(), func(ctx context.Context, after string) (rows []exported, next string, err error) {
		behind := int64(0)
		if after != "" {
			if behind, err = strconv.ParseInt(after, 10, 64); err != nil {
				return nil, "", models.Fault(err)
			}
		}
		list, err := a.BatchRows(ctx, b, release, behind, exportPage)
		for _, r := range list {
			rows = append(rows, exported{r, r.Cells()})
			next = strconv.FormatInt(r.Row, 10)
		}
		if len(list) < exportPage {
			next = ""
		}
		return rows, next, err
	}})
}
