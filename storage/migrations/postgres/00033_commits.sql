-- +goose Up
-- The token of each transaction, written by its last statement: by it one finds out what became of a transaction whose
-- commit was not answered. A token that was taken by whoever asked is of a transaction that is lost.
CREATE TABLE commits (
    token text PRIMARY KEY,
    lost  boolean NOT NULL DEFAULT false
);

-- +goose Down
DROP TABLE commits;
