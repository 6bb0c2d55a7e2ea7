-- +goose Up
-- Every table of a business has business_id first in its primary key, and nothing refers across businesses, so that
-- a distributed engine can shard by it. Ids compare as bytes.
CREATE TABLE businesses (
    id         text COLLATE "C" PRIMARY KEY,
    parent_id  text COLLATE "C" NOT NULL DEFAULT '',
    name       text NOT NULL,
    settings   text NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL
);

CREATE TABLE api_keys (
    hash                  bytea PRIMARY KEY,
    id                    text COLLATE "C" NOT NULL UNIQUE,
    business_id           text COLLATE "C" NOT NULL,
    name                  text NOT NULL,
    sandbox               boolean NOT NULL,
    hint                  text NOT NULL,
    rate                  integer NOT NULL DEFAULT 0,
    allowed_ips           text NOT NULL DEFAULT '[]',
    requester_id          text NOT NULL,
    requester_first_name  text NOT NULL,
    requester_middle_name text NOT NULL DEFAULT '',
    requester_last_name   text NOT NULL,
    created_at            timestamptz NOT NULL,
    expires_at            timestamptz,
    revoked_at            timestamptz
);
CREATE INDEX api_keys_business ON api_keys (business_id, id);

-- Bumped with every change to a business, a key or a price: gateways keep what they read until this number moves.
CREATE TABLE access_epoch (
    one   integer PRIMARY KEY CHECK (one = 1),
    epoch bigint NOT NULL
);
INSERT INTO access_epoch (one, epoch) VALUES (1, 1);

CREATE TABLE prices (
    business_id text COLLATE "C" NOT NULL,
    product     text NOT NULL,
    outcome     text NOT NULL,
    amount      bigint NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (business_id, product, outcome)
);

CREATE TABLE wallets (
    business_id text COLLATE "C" PRIMARY KEY,
    currency    text NOT NULL,
    available   bigint NOT NULL DEFAULT 0 CHECK (available >= 0),
    held        bigint NOT NULL DEFAULT 0 CHECK (held >= 0),
    seq         bigint NOT NULL DEFAULT 0,
    head        bytea NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE transfers (
    business_id text COLLATE "C" NOT NULL,
    seq         bigint NOT NULL,
    kind        text COLLATE "C" NOT NULL,
    reference   text COLLATE "C" NOT NULL,
    debit       text NOT NULL,
    credit      text NOT NULL,
    amount      bigint NOT NULL CHECK (amount > 0),
    balance     bigint NOT NULL,
    evidence    bytea,
    head        bytea,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (business_id, seq),
    UNIQUE (business_id, kind, reference)
);

CREATE TABLE lookups (
    business_id  text COLLATE "C" NOT NULL,
    id           text COLLATE "C" NOT NULL,
    key_id       text NOT NULL,
    sandbox      boolean NOT NULL,
    advanced     boolean NOT NULL,
    status       text COLLATE "C" NOT NULL,
    reason       text NOT NULL DEFAULT '',
    source       text NOT NULL DEFAULT '',
    held         bigint NOT NULL,
    charged      bigint NOT NULL DEFAULT 0,
    number_index bytea NOT NULL,
    tags         bytea,
    data_key     bytea,
    request      bytea NOT NULL,
    answer       bytea,
    purpose      text NOT NULL,
    notice       text NOT NULL DEFAULT '',
    attempts     text NOT NULL DEFAULT '',
    requested_at timestamptz NOT NULL,
    answered_at  timestamptz,
    modified_at  timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    PRIMARY KEY (business_id, id)
);
-- The number first: with the business first, a plan made while the table was empty could take this for the primary key.
CREATE INDEX lookups_number ON lookups (number_index, business_id);
CREATE INDEX lookups_open ON lookups (expires_at) WHERE status IN ('open', 'pending');

CREATE TABLE consent_events (
    business_id  text COLLATE "C" NOT NULL,
    id           text COLLATE "C" NOT NULL,
    kind         text NOT NULL,
    key_id       text NOT NULL,
    number_index bytea NOT NULL,
    body_hash    bytea,
    reason       text NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (business_id, id)
);

CREATE TABLE consent_withdrawals (
    business_id  text COLLATE "C" NOT NULL,
    number_index bytea NOT NULL,
    event_id     text COLLATE "C" NOT NULL,
    PRIMARY KEY (business_id, number_index)
);

CREATE TABLE idempotency_keys (
    business_id text COLLATE "C" NOT NULL,
    key         text COLLATE "C" NOT NULL,
    lookup_id   text COLLATE "C" NOT NULL,
    body_hash   bytea NOT NULL,
    response    bytea,
    charge      bigint NOT NULL DEFAULT 0,
    balance     bigint NOT NULL DEFAULT 0,
    entry       bigint NOT NULL DEFAULT 0,
    expires_at  timestamptz NOT NULL,
    PRIMARY KEY (business_id, key)
);
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);

-- Key-encryption keys, each sealed under a master key that only the configuration knows.
CREATE TABLE sealing_keys (
    id         text COLLATE "C" PRIMARY KEY,
    purpose    text NOT NULL,
    master_id  text NOT NULL,
    wrapped    bytea NOT NULL,
    created_at timestamptz NOT NULL
);

-- The operator's own owners, for the directory source. A number may have several.
CREATE TABLE directory_owners (
    number_index bytea NOT NULL,
    owner_index  bytea NOT NULL,
    sealed       bytea NOT NULL,
    imported_at  timestamptz NOT NULL,
    PRIMARY KEY (number_index, owner_index)
);

-- +goose Down
DROP TABLE directory_owners, sealing_keys, idempotency_keys, consent_withdrawals, consent_events, lookups, transfers,
    wallets, prices, access_epoch, api_keys, businesses;
