// Package rows answers: how does a store read one row, or a page of them? It is the same in every room.
package rows

import (
	"gorm.io/gorm"

	"whoseline/models"
)

// Maybe gives the first row that a query finds; nil when there is none.
func Maybe[T any](query *gorm.DB) (*T, error) {
	var found []T
	if err := query.Limit(1).Find(&found).Error; err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// First gives the first row that a query finds, or models.NotFound with the given words.
func First[T any](query *gorm.DB, missing string) (row T, err error) {
	found, err := Maybe[T](query)
	if err != nil {
		return row, err
	}
	if found == nil {
		return row, models.Fail(models.NotFound, missing)
	}
	return *found, nil
}

// Page gives at most limit rows of a query that has an order, and whether more follow.
func Page[T any](query *gorm.DB, limit int) (list []T, more bool, err error) {
	if err := query.Limit(limit + 1).Find(&list).Error; err != nil {
		return nil, false, err
	}
	if len(list) > limit {
		return list[:limit], true, nil
	}
	return list, false, nil
}
