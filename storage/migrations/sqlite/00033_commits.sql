-- +goose Up
-- SQLite answers every commit: there is nothing to note.
SELECT 1;

-- +goose Down
SELECT 1;
