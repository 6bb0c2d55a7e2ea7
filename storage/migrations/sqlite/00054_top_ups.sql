-- +goose Up
-- Payments into wallets. reference is what the vendor knows a payment by. paid is what it says has come, in kobo; credited is set in the
-- transaction of the wallet's transfer. verify_at is when the vendor is asked next; NULL = no more, unless it says something itself.
CREATE TABLE top_ups (
    business_id text NOT NULL,
    id          text NOT NULL,
    reference   text NOT NULL,
    token       blob,
    vendor      text NOT NULL,
    key_id      text NOT NULL DEFAULT '',
    amount      bigint NOT NULL CHECK (amount > 0),
    state       text NOT NULL,
    why         text NOT NULL DEFAULT '',
    paid        bigint NOT NULL DEFAULT 0,
    credited    bigint NOT NULL DEFAULT 0 CHECK (credited >= 0),
    url         text NOT NULL DEFAULT '',
    tries       bigint NOT NULL DEFAULT 0,
    verify_at   datetime,
    created_at  datetime NOT NULL,
    expires_at  datetime NOT NULL,
    ended_at    datetime,
    PRIMARY KEY (business_id, id)
);
CREATE UNIQUE INDEX top_ups_reference ON top_ups (reference);
CREATE UNIQUE INDEX top_ups_token ON top_ups (business_id, token) WHERE token IS NOT NULL;
CREATE INDEX top_ups_due ON top_ups (verify_at) WHERE verify_at IS NOT NULL;

-- +goose Down
DROP TABLE top_ups;
