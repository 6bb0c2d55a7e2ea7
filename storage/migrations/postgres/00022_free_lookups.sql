-- +goose Up
-- The evidence of lookups for which no money is held: of the sandbox, or of price 0. They are a chain of their own beside the
-- transfers; the wallet keeps its newest state. No state = the chain has not begun: an older version made the business.
CREATE TABLE free_evidence (
    business_id text COLLATE "C" NOT NULL,
    seq         bigint NOT NULL,
    kind        text COLLATE "C" NOT NULL,
    reference   text COLLATE "C" NOT NULL,
    evidence    bytea NOT NULL,
    head        bytea,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (business_id, seq),
    UNIQUE (business_id, reference, kind)
);
ALTER TABLE wallets ADD COLUMN free_seq bigint NOT NULL DEFAULT 0;
ALTER TABLE wallets ADD COLUMN free_head bytea;

-- +goose Down
ALTER TABLE wallets DROP COLUMN free_head;
ALTER TABLE wallets DROP COLUMN free_seq;
DROP TABLE free_evidence;
