-- +goose Up
-- Erasures on request. Until one has ended, nothing of the number's lookups up to a given one can be read, though their keys may still
-- be there: a gateway that has the lease destroys them. total is how many there were, NULL until it was counted. An erasure that has
-- ended names no number.
CREATE TABLE erasures (
    business_id   text COLLATE "C" NOT NULL,
    id            text COLLATE "C" NOT NULL,
    sandbox       boolean NOT NULL,
    number_index  bytea,
    through       text COLLATE "C" NOT NULL,
    reason        text NOT NULL DEFAULT '',
    total         bigint,
    erased        bigint NOT NULL DEFAULT 0,
    pending_ended bigint NOT NULL DEFAULT 0,
    lease         text NOT NULL DEFAULT '',
    lease_until   timestamptz NOT NULL,
    asked_at      timestamptz NOT NULL,
    ended_at      timestamptz,
    PRIMARY KEY (business_id, id)
);
CREATE INDEX erasures_running ON erasures (business_id, number_index) WHERE ended_at IS NULL;

-- +goose Down
DROP TABLE erasures;
