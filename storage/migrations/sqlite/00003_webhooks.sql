-- +goose Up
-- Where a business is told of events. Secrets are sealed.
CREATE TABLE webhook_endpoints (
    business_id    text NOT NULL,
    id             text NOT NULL,
    url            text NOT NULL,
    algorithm      text NOT NULL,
    secret         blob NOT NULL,
    previous       blob,
    previous_until datetime,
    disabled_at    datetime,
    disabled_why   text NOT NULL DEFAULT '',
    created_at     datetime NOT NULL,
    PRIMARY KEY (business_id, id)
);

-- The outbox. The unique constraint is why an event exists once however often its settlement is retried.
CREATE TABLE webhook_events (
    business_id text NOT NULL,
    id          text NOT NULL,
    type        text NOT NULL,
    lookup_id   text NOT NULL,
    payload     blob,
    created_at  datetime NOT NULL,
    PRIMARY KEY (business_id, id),
    UNIQUE (business_id, lookup_id, type)
);
CREATE INDEX webhook_events_age ON webhook_events (created_at);

-- One row per event and endpoint; a replay adds a round. While somebody delivers, next_at is the end of their lease.
CREATE TABLE webhook_deliveries (
    business_id text NOT NULL,
    event_id    text NOT NULL,
    endpoint_id text NOT NULL,
    round       integer NOT NULL,
    state       text NOT NULL,
    attempts    integer NOT NULL DEFAULT 0,
    next_at     datetime NOT NULL,
    claim       text NOT NULL DEFAULT '',
    last_status integer NOT NULL DEFAULT 0,
    last_error  text NOT NULL DEFAULT '',
    created_at  datetime NOT NULL,
    ended_at    datetime,
    PRIMARY KEY (business_id, event_id, endpoint_id, round)
);
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (business_id, endpoint_id, next_at) WHERE state = 'waiting';

-- Bumped with every change to an endpoint: gateways remember who has one until this number moves.
CREATE TABLE webhook_epoch (
    one   integer PRIMARY KEY CHECK (one = 1),
    epoch bigint NOT NULL
);
INSERT INTO webhook_epoch (one, epoch) VALUES (1, 1);

-- +goose Down
DROP TABLE webhook_epoch;
DROP TABLE webhook_deliveries;
DROP TABLE webhook_events;
DROP TABLE webhook_endpoints;
