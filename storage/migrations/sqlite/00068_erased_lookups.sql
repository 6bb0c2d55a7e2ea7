-- +goose Up
-- Lookups whose person was erased: a list of them reads nothing else. Others take no room in it.
CREATE INDEX lookups_erased ON lookups (business_id, id) WHERE data_key IS NULL;

-- +goose Down
DROP INDEX lookups_erased;
