-- +goose Up
-- Nothing changes: of PostgreSQL alone the index on the reference of transfers is shaped anew.
SELECT 1;
