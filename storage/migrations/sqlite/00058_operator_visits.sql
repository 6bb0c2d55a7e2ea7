-- +goose Up
-- Visits of the operator's people in a business's console, as its viewer, by the SHA-256 of the token.
CREATE TABLE operator_visits (
    hash        blob PRIMARY KEY,
    id          text NOT NULL,
    business_id text NOT NULL,
    owner_id    text NOT NULL,
    operator_id text NOT NULL,
    started_at  datetime NOT NULL,
    expires_at  datetime NOT NULL
);
CREATE INDEX operator_visits_age ON operator_visits (expires_at);

-- +goose Down
DROP TABLE operator_visits;
