-- +goose Up
-- What programs of the operator's people show to the operator's API, by the SHA-256 of the token. A key may do what its user may.
CREATE TABLE operator_keys (
    id         text PRIMARY KEY,
    hash       blob NOT NULL UNIQUE,
    user_id    text NOT NULL,
    name       text NOT NULL,
    hint       text NOT NULL,
    created_at datetime NOT NULL,
    revoked_at datetime
);

-- A business that is suspended: its callers are refused until it is resumed.
ALTER TABLE businesses ADD COLUMN suspended_at datetime;
ALTER TABLE businesses ADD COLUMN suspended_for text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE businesses DROP COLUMN suspended_for;
ALTER TABLE businesses DROP COLUMN suspended_at;
DROP TABLE operator_keys;
