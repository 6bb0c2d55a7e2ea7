-- +goose Up
-- What readiness writes: row 1 for good, and a row of almost a page that is always taken back, to see that there is room.
CREATE TABLE readiness (
    one    bigint PRIMARY KEY,
    at     timestamptz,
    filler bytea
);
ALTER TABLE readiness ALTER COLUMN filler SET STORAGE PLAIN;
INSERT INTO readiness (one) VALUES (1);

-- +goose Down
DROP TABLE readiness;
