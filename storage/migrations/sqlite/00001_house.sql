-- +goose Up
-- Every table of a business has business_id first in its primary key, and nothing refers across businesses, so that
-- a distributed engine can shard by it. Ids compare as bytes.
CREATE TABLE businesses (
    id         text PRIMARY KEY,
    parent_id  text NOT NULL DEFAULT '',
    name       text NOT NULL,
    settings   text NOT NULL DEFAULT '{}',
    created_at datetime NOT NULL
);

CREATE TABLE api_keys (
    hash                  blob PRIMARY KEY,
    id                    text NOT NULL UNIQUE,
    business_id           text NOT NULL,
    name                  text NOT NULL,
    sandbox               boolean NOT NULL,
    hint                  text NOT NULL,
    rate                  integer NOT NULL DEFAULT 0,
    allowed_ips           text NOT NULL DEFAULT '[]',
    requester_id          text NOT NULL,
    requester_first_name  text NOT NULL,
    requester_middle_name text NOT NULL DEFAULT '',
    requester_last_name   text NOT NULL,
    created_at            datetime NOT NULL,
    expires_at            datetime,
    revoked_at            datetime
);
CREATE INDEX api_keys_business ON api_keys (business_id, id);

-- Bumped with every change to a business, a key or a price: gateways keep what they read until this number moves.
CREATE TABLE access_epoch (
    one   integer PRIMARY KEY CHECK (one = 1),
    epoch bigint NOT NULL
);
INSERT INTO access_epoch (one, epoch) VALUES (1, 1);

CREATE TABLE prices (
    business_id text NOT NULL,
    product     text NOT NULL,
    outcome     text NOT NULL,
    amount      bigint NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (business_id, product, outcome)
);

CREATE TABLE wallets (
    business_id text PRIMARY KEY,
    currency    text NOT NULL,
    available   bigint NOT NULL DEFAULT 0 CHECK (available >= 0),
    held        bigint NOT NULL DEFAULT 0 CHECK (held >= 0),
    seq         bigint NOT NULL DEFAULT 0,
    head        blob NOT NULL
);

CREATE TABLE transfers (
    business_id text NOT NULL,
    seq         bigint NOT NULL,
    kind        text NOT NULL,
    reference   text NOT NULL,
    debit       text NOT NULL,
    credit      text NOT NULL,
    amount      bigint NOT NULL CHECK (amount > 0),
    balance     bigint NOT NULL,
    evidence    blob,
    head        blob,
    created_at  datetime NOT NULL,
    PRIMARY KEY (business_id, seq),
    UNIQUE (business_id, kind, reference)
);

CREATE TABLE lookups (
    business_id  text NOT NULL,
    id           text NOT NULL,
    key_id       text NOT NULL,
    sandbox      boolean NOT NULL,
    advanced     boolean NOT NULL,
    status       text NOT NULL,
    reason       text NOT NULL DEFAULT '',
    source       text NOT NULL DEFAULT '',
    held         bigint NOT NULL,
    charged      bigint NOT NULL DEFAULT 0,
    number_index blob NOT NULL,
    tags         blob,
    data_key     blob,
    request      blob NOT NULL,
    answer       blob,
    purpose      text NOT NULL,
    notice       text NOT NULL DEFAULT '',
    attempts     text NOT NULL DEFAULT '',
    requested_at datetime NOT NULL,
    answered_at  datetime,
    modified_at  datetime NOT NULL,
    expires_at   datetime NOT NULL,
    PRIMARY KEY (business_id, id)
);
-- The number first: with the business first, a plan made while the table was empty could take this for the primary key.
CREATE INDEX lookups_number ON lookups (number_index, business_id);
CREATE INDEX lookups_open ON lookups (expires_at) WHERE status IN ('open', 'pending');

CREATE TABLE consent_events (
    business_id  text NOT NULL,
    id           text NOT NULL,
    kind         text NOT NULL,
    key_id       text NOT NULL,
    number_index blob NOT NULL,
    body_hash    blob,
    reason       text NOT NULL DEFAULT '',
    created_at   datetime NOT NULL,
    PRIMARY KEY (business_id, id)
);

CREATE TABLE consent_withdrawals (
    business_id  text NOT NULL,
    number_index blob NOT NULL,
    event_id     text NOT NULL,
    PRIMARY KEY (business_id, number_index)
);

CREATE TABLE idempotency_keys (
    business_id text NOT NULL,
    key         text NOT NULL,
    lookup_id   text NOT NULL,
    body_hash   blob NOT NULL,
    response    blob,
    charge      bigint NOT NULL DEFAULT 0,
    balance     bigint NOT NULL DEFAULT 0,
    entry       bigint NOT NULL DEFAULT 0,
    expires_at  datetime NOT NULL,
    PRIMARY KEY (business_id, key)
);
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);

-- Key-encryption keys, each sealed under a master key that only the configuration knows.
CREATE TABLE sealing_keys (
    id         text PRIMARY KEY,
    purpose    text NOT NULL,
    master_id  text NOT NULL,
    wrapped    blob NOT NULL,
    created_at datetime NOT NULL
);

-- The operator's own owners, for the directory source. A number may have several.
CREATE TABLE directory_owners (
    number_index blob NOT NULL,
    owner_index  blob NOT NULL,
    sealed       blob NOT NULL,
    imported_at  datetime NOT NULL,
    PRIMARY KEY (number_index, owner_index)
);

-- +goose Down
DROP TABLE directory_owners;
DROP TABLE sealing_keys;
DROP TABLE idempotency_keys;
DROP TABLE consent_withdrawals;
DROP TABLE consent_events;
DROP TABLE lookups;
DROP TABLE transfers;
DROP TABLE wallets;
DROP TABLE prices;
DROP TABLE access_epoch;
DROP TABLE api_keys;
DROP TABLE businesses;
