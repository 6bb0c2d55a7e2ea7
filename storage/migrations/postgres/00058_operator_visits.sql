-- +goose Up
-- Visits of the operator's people in a business's console, as its viewer, by the SHA-256 of the token.
CREATE TABLE operator_visits (
    hash        bytea PRIMARY KEY,
    id          text COLLATE "C" NOT NULL,
    business_id text COLLATE "C" NOT NULL,
    owner_id    text COLLATE "C" NOT NULL,
    operator_id text COLLATE "C" NOT NULL,
    started_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX operator_visits_age ON operator_visits (expires_at);

-- +goose Down
DROP TABLE operator_visits;
