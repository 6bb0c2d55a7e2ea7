-- +goose Up
-- Erasures on request. Until one has ended, nothing of the number's lookups up to a given one can be read, though their keys may still
-- be there: a gateway that has the lease destroys them. total is how many there were, NULL until it was counted. An erasure that has
-- ended names no number.
CREATE TABLE erasures (
    business_id   text NOT NULL,
    id            text NOT NULL,
    sandbox       boolean NOT NULL,
    number_index  blob,
    through       text NOT NULL,
    reason        text NOT NULL DEFAULT '',
    total         bigint,
    erased        bigint NOT NULL DEFAULT 0,
    pending_ended bigint NOT NULL DEFAULT 0,
    lease         text NOT NULL DEFAULT '',
    lease_until   datetime NOT NULL,
    asked_at      datetime NOT NULL,
    ended_at      datetime,
    PRIMARY KEY (business_id, id)
);
CREATE INDEX erasures_running ON erasures (business_id, number_index) WHERE ended_at IS NULL;

-- +goose Down
DROP TABLE erasures;
