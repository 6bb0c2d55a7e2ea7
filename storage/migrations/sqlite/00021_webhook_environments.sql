-- +goose Up
-- An endpoint of the sandbox is told of the sandbox's lookups only; one of the live environment of all, as before.
ALTER TABLE webhook_endpoints ADD COLUMN sandbox boolean NOT NULL DEFAULT false;
ALTER TABLE webhook_events ADD COLUMN sandbox boolean NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE webhook_events DROP COLUMN sandbox;
ALTER TABLE webhook_endpoints DROP COLUMN sandbox;
