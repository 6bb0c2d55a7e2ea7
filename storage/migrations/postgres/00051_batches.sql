-- +goose Up
-- Files of numbers that are asked one after the other. data_key seals the rows. spent is what rows have cost that have ended, held what is
-- set aside for those that wait for their answers. The gateway that works on a batch has its lease; why says what it waits for.
CREATE TABLE batches (
    business_id text COLLATE "C" NOT NULL,
    id          text COLLATE "C" NOT NULL,
    key_id      text NOT NULL,
    sandbox     boolean NOT NULL,
    name        text NOT NULL,
    token       bytea,
    state       text NOT NULL,
    why         text NOT NULL DEFAULT '',
    rows        bigint NOT NULL,
    found       bigint NOT NULL DEFAULT 0,
    not_found   bigint NOT NULL DEFAULT 0,
    failed      bigint NOT NULL DEFAULT 0,
    pending     bigint NOT NULL DEFAULT 0,
    refused     bigint NOT NULL DEFAULT 0,
    erased      bigint NOT NULL DEFAULT 0,
    budget      bigint CHECK (budget >= 0),
    spent       bigint NOT NULL DEFAULT 0,
    held        bigint NOT NULL DEFAULT 0,
    pace        double precision NOT NULL DEFAULT 0,
    data_key    bytea,
    lease       text NOT NULL DEFAULT '',
    lease_until timestamptz NOT NULL,
    created_at  timestamptz NOT NULL,
    ended_at    timestamptz,
    PRIMARY KEY (business_id, id)
);
CREATE UNIQUE INDEX batches_token ON batches (business_id, token) WHERE token IS NOT NULL;
CREATE INDEX batches_due ON batches (lease_until) WHERE state = 'running' OR pending > 0;
CREATE INDEX batches_over ON batches (ended_at) WHERE ended_at IS NOT NULL;

-- A row's input is a sealed lookup, until it has been asked. outcome is empty until then.
CREATE TABLE batch_rows (
    business_id  text COLLATE "C" NOT NULL,
    batch_id     text COLLATE "C" NOT NULL,
    number       bigint NOT NULL,
    number_index bytea NOT NULL,
    input        bytea,
    outcome      text NOT NULL DEFAULT '',
    why          text NOT NULL DEFAULT '',
    lookup_id    text NOT NULL DEFAULT '',
    held         bigint NOT NULL DEFAULT 0,
    charged      bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (business_id, batch_id, number)
);
CREATE INDEX batch_rows_left ON batch_rows (business_id, batch_id, number) WHERE outcome IN ('', 'pending');
CREATE INDEX batch_rows_people ON batch_rows (business_id, number_index) WHERE outcome = '';

-- +goose Down
DROP TABLE batch_rows;
DROP TABLE batches;
