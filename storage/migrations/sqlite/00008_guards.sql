-- +goose Up
-- How many codes went to a country, a block of numbers or from an address in an hour or a day, and how many came back.
-- The hour counts from 1970; the row of a day bears its first hour.
CREATE TABLE possession_history (
    business_id text NOT NULL,
    scope       text NOT NULL,
    name        text NOT NULL,
    hour        bigint NOT NULL,
    sent        bigint NOT NULL DEFAULT 0,
    verified    bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (business_id, scope, name, hour)
);
CREATE INDEX possession_history_age ON possession_history (scope, hour);

-- Numbers with a fixed code, for sandbox keys. The id is the blind index of the number, in hexadecimal.
CREATE TABLE possession_test_numbers (
    business_id text NOT NULL,
    id          text NOT NULL,
    sealed      blob NOT NULL,
    until       datetime,
    PRIMARY KEY (business_id, id)
);

-- Money held for something that is no lookup, such as a message, and what became of it.
CREATE TABLE charges (
    business_id text NOT NULL,
    id          text NOT NULL,
    product     text NOT NULL,
    status      text NOT NULL,
    amount      bigint NOT NULL CHECK (amount > 0),
    held_at     datetime NOT NULL,
    ended_at    datetime,
    expires_at  datetime NOT NULL,
    PRIMARY KEY (business_id, id)
);
CREATE INDEX charges_open ON charges (expires_at) WHERE status = 'held';

-- Lookups whose owner is told only after the number itself has confirmed a code.
CREATE TABLE lookup_confirmations (
    business_id  text NOT NULL,
    lookup_id    text NOT NULL,
    confirmed_at datetime,
    PRIMARY KEY (business_id, lookup_id)
);

-- +goose Down
DROP TABLE lookup_confirmations;
DROP TABLE charges;
DROP TABLE possession_test_numbers;
DROP TABLE possession_history;
