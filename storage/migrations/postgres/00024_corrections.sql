-- +goose Up
-- Money that was put right by hand: what was captured for a lookup given back, or a balance adjusted. Target is what the transfer
-- refers to: the lookup, which is refunded once at most, or the correction's own reference.
CREATE TABLE corrections (
    business_id text COLLATE "C" NOT NULL,
    kind        text COLLATE "C" NOT NULL,
    target      text COLLATE "C" NOT NULL,
    reference   text COLLATE "C" NOT NULL,
    amount      bigint NOT NULL CHECK (amount <> 0),
    reason      text NOT NULL,
    note        text NOT NULL DEFAULT '',
    actor       text NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (business_id, kind, target),
    UNIQUE (business_id, reference)
);
ALTER TABLE lookups ADD COLUMN refunded bigint NOT NULL DEFAULT 0 CHECK (refunded >= 0);

-- +goose Down
ALTER TABLE lookups DROP COLUMN refunded;
DROP TABLE corrections;
