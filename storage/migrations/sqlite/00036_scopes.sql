-- +goose Up
-- What a key may do. No scopes: everything, as all keys of before. purposes: the only ones that it may look up for. used_at is written
-- once a minute at most.
ALTER TABLE api_keys ADD COLUMN scopes text NOT NULL DEFAULT '[]';
ALTER TABLE api_keys ADD COLUMN purposes text NOT NULL DEFAULT '[]';
ALTER TABLE api_keys ADD COLUMN verdict_only boolean NOT NULL DEFAULT false;
ALTER TABLE api_keys ADD COLUMN used_at datetime;

-- +goose Down
ALTER TABLE api_keys DROP COLUMN used_at;
ALTER TABLE api_keys DROP COLUMN verdict_only;
ALTER TABLE api_keys DROP COLUMN purposes;
ALTER TABLE api_keys DROP COLUMN scopes;
