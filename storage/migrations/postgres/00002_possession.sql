-- +goose Up
-- A subject is named by its environment, a slash and the business's own id. Whoever changes anything about a subject
-- holds the lock of its row.
CREATE TABLE possession_subjects (
    business_id  text COLLATE "C" NOT NULL,
    id           text COLLATE "C" NOT NULL,
    machine      boolean NOT NULL DEFAULT false,
    data_key     bytea,
    seq          bigint NOT NULL DEFAULT 0,
    selected     text NOT NULL DEFAULT '',
    preferred    text NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL,
    first_at     timestamptz,
    changed_at   timestamptz,
    finalised_at timestamptz,
    PRIMARY KEY (business_id, id)
);

-- Five slots are five numbers, whatever happens at once.
CREATE TABLE possession_numbers (
    business_id  text COLLATE "C" NOT NULL,
    subject      text COLLATE "C" NOT NULL,
    slot         smallint NOT NULL CHECK (slot BETWEEN 1 AND 5),
    id           text COLLATE "C" NOT NULL,
    number_index bytea NOT NULL,
    sealed       bytea NOT NULL,
    claimed      boolean NOT NULL DEFAULT false,
    channel      text NOT NULL DEFAULT '',
    added_at     timestamptz NOT NULL,
    verified_at  timestamptz,
    PRIMARY KEY (business_id, subject, slot),
    UNIQUE (business_id, subject, number_index)
);
CREATE UNIQUE INDEX possession_numbers_claim ON possession_numbers (business_id, number_index) WHERE claimed;

CREATE TABLE possession_codes (
    business_id text COLLATE "C" NOT NULL,
    subject     text COLLATE "C" NOT NULL,
    number_id   text COLLATE "C" NOT NULL,
    channel     text COLLATE "C" NOT NULL,
    id          text COLLATE "C" NOT NULL,
    key_id      text NOT NULL,
    mac         bytea NOT NULL,
    sealed      bytea,
    destination bytea,
    tries       smallint NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND 5),
    made_at     timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    used_at     timestamptz,
    PRIMARY KEY (business_id, subject, number_id, channel)
);
CREATE INDEX possession_codes_expiry ON possession_codes (expires_at) WHERE sealed IS NOT NULL;

CREATE TABLE possession_events (
    business_id text COLLATE "C" NOT NULL,
    subject     text COLLATE "C" NOT NULL,
    seq         bigint NOT NULL,
    kind        text NOT NULL,
    number_id   text NOT NULL DEFAULT '',
    channel     text NOT NULL DEFAULT '',
    at          timestamptz NOT NULL,
    PRIMARY KEY (business_id, subject, seq)
);

CREATE TABLE possession_sends (
    business_id  text COLLATE "C" NOT NULL,
    id           text COLLATE "C" NOT NULL,
    subject      text COLLATE "C" NOT NULL,
    channel      text NOT NULL,
    number_index bytea,
    ip_index     bytea,
    prefix       text NOT NULL,
    region       text NOT NULL,
    verdict      text COLLATE "C" NOT NULL,
    reasons      text NOT NULL DEFAULT '[]',
    outcome      text NOT NULL DEFAULT '',
    provider     text NOT NULL DEFAULT '',
    reference    text NOT NULL DEFAULT '',
    segments     integer NOT NULL DEFAULT 0,
    cost         bigint NOT NULL DEFAULT 0,
    at           timestamptz NOT NULL,
    PRIMARY KEY (business_id, id)
);
CREATE INDEX possession_sends_number ON possession_sends (business_id, number_index, at);
CREATE INDEX possession_sends_subject ON possession_sends (business_id, subject);
CREATE INDEX possession_sends_age ON possession_sends (at);

-- How much was sent since a window began, in microseconds since 1970. The row of a number is only a lock.
CREATE TABLE possession_counters (
    business_id text COLLATE "C" NOT NULL,
    scope       text COLLATE "C" NOT NULL,
    name        text COLLATE "C" NOT NULL,
    since       bigint NOT NULL,
    n           bigint NOT NULL,
    PRIMARY KEY (business_id, scope, name)
);
CREATE INDEX possession_counters_age ON possession_counters (since);

CREATE TABLE possession_templates (
    business_id text COLLATE "C" NOT NULL,
    language    text COLLATE "C" NOT NULL,
    text        text NOT NULL,
    PRIMARY KEY (business_id, language)
);

-- Messages that go nowhere else: for demonstrations and tests.
CREATE TABLE possession_outbox (
    business_id text COLLATE "C" NOT NULL,
    id          text COLLATE "C" NOT NULL,
    recipient   bytea NOT NULL,
    sealed      bytea NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (business_id, id)
);
CREATE INDEX possession_outbox_recipient ON possession_outbox (recipient, id);

-- +goose Down
DROP TABLE possession_outbox, possession_templates, possession_counters, possession_sends, possession_events,
    possession_codes, possession_numbers, possession_subjects;
