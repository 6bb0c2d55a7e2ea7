-- +goose Up
-- Lookups whose sources disagree, or of which one alone answered, and who looks at them. A job writes them, or the first
-- review does. Stands is the source whose answer the business goes by.
CREATE TABLE lookup_disputes (
    business_id text COLLATE "C" NOT NULL,
    lookup_id   text COLLATE "C" NOT NULL,
    sandbox     boolean NOT NULL,
    checked     text NOT NULL,
    seq         bigint NOT NULL DEFAULT 0,
    assignee    text NOT NULL DEFAULT '',
    stands      text NOT NULL DEFAULT '',
    decided_at  timestamptz,
    PRIMARY KEY (business_id, lookup_id)
);
CREATE INDEX lookup_disputes_open ON lookup_disputes (business_id, sandbox, lookup_id) WHERE decided_at IS NULL;

-- What was done about one, never changed once written. The note is sealed under the lookup's key, and goes with it.
CREATE TABLE lookup_reviews (
    business_id text COLLATE "C" NOT NULL,
    lookup_id   text COLLATE "C" NOT NULL,
    seq         bigint NOT NULL,
    at          timestamptz NOT NULL,
    actor       text NOT NULL,
    assignee    text NOT NULL DEFAULT '',
    stands      text NOT NULL DEFAULT '',
    note        bytea,
    PRIMARY KEY (business_id, lookup_id, seq)
);

INSERT INTO lookup_disputes (business_id, lookup_id, sandbox, checked)
SELECT business_id, id, sandbox, checked FROM lookups WHERE checked IN ('conflict', 'unavailable') AND data_key IS NOT NULL;

-- +goose Down
DROP TABLE lookup_reviews, lookup_disputes;
