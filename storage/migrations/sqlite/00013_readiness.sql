-- +goose Up
-- What readiness writes.
CREATE TABLE readiness (
    one integer PRIMARY KEY,
    at  datetime
);
INSERT INTO readiness (one) VALUES (1);

-- +goose Down
DROP TABLE readiness;
