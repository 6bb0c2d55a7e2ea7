-- +goose Up
-- Who revealed a lookup is read by the lookup.
CREATE INDEX trail_events_reveals ON trail_events (business_id, target) WHERE action = 'lookup.revealed';

-- +goose Down
DROP INDEX trail_events_reveals;
