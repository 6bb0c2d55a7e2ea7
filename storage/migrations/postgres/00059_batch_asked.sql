-- +goose Up
-- Keyed hash of what a batch was asked for with, so that its idempotency key makes no other one. NULL: it was made before.
ALTER TABLE batches ADD COLUMN asked bytea;
