-- +goose Up
-- Sources that the operator has switched off, or on again. A source without a row is on.
CREATE TABLE source_switches (
    source text COLLATE "C" PRIMARY KEY,
    off_at timestamptz,
    by_whom text NOT NULL,
    reason text NOT NULL
);

-- +goose Down
DROP TABLE source_switches;
