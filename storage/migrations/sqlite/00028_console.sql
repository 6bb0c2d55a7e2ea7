-- +goose Up
-- What a second source made of an answer, so that lookups can be found by it. Lookups of before say nothing.
ALTER TABLE lookups ADD COLUMN checked text NOT NULL DEFAULT '';
CREATE INDEX lookups_conflicts ON lookups (business_id, id) WHERE checked = 'conflict';

-- +goose Down
DROP INDEX lookups_conflicts;
ALTER TABLE lookups DROP COLUMN checked;
