-- +goose Up
-- What an event's change made of rows: for each a keyed digest of it, as a JSON object. With them the trail tells how a business's
-- keys, prices, settings and staff must stand.
ALTER TABLE trail_events ADD COLUMN states text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE trail_events DROP COLUMN states;
