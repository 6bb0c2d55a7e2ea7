-- +goose NO TRANSACTION
-- +goose Up
-- The reference goes before the kind: the two or three transfers of a lookup stand side by side, and the index grows at its end alone, which
-- leaves its pages full. Gateways go on meanwhile. What an attempt that broke off left behind is dropped first.
DROP INDEX CONCURRENTLY IF EXISTS transfers_once;
CREATE UNIQUE INDEX CONCURRENTLY transfers_once ON transfers (business_id, reference, kind);
ALTER TABLE transfers DROP CONSTRAINT IF EXISTS transfers_business_id_kind_reference_key;

-- +goose Down
CREATE UNIQUE INDEX IF NOT EXISTS transfers_business_id_kind_reference_key ON transfers (business_id, kind, reference);
DROP INDEX transfers_once;
