-- +goose Up
-- Who may sign in to the console. E-mail and name are sealed together; password is an argon2id hash.
CREATE TABLE staff (
    business_id  text NOT NULL,
    id           text NOT NULL,
    sealed       blob NOT NULL,
    role         text NOT NULL,
    password     text NOT NULL,
    totp         blob,
    totp_offer   blob,
    totp_step    bigint NOT NULL DEFAULT 0,
    created_at   datetime NOT NULL,
    disabled_at  datetime,
    last_seen_at datetime,
    PRIMARY KEY (business_id, id)
);

-- An e-mail, as a keyed hash, belongs to one user of one business. Small, and sought before the business is known.
CREATE TABLE staff_emails (
    email_index blob PRIMARY KEY,
    business_id text NOT NULL,
    user_id     text NOT NULL
);

-- What stands in for a code of the second factor, once: the row goes when it is used.
CREATE TABLE staff_recovery_codes (
    business_id text NOT NULL,
    user_id     text NOT NULL,
    hash        blob NOT NULL,
    PRIMARY KEY (business_id, user_id, hash)
);

-- Sought by the hash of their token before the business is known, like API keys.
CREATE TABLE staff_sessions (
    hash        blob PRIMARY KEY,
    id          text NOT NULL,
    business_id text NOT NULL,
    user_id     text NOT NULL,
    started_at  datetime NOT NULL,
    seen_at     datetime NOT NULL,
    expires_at  datetime NOT NULL
);
CREATE INDEX staff_sessions_user ON staff_sessions (business_id, user_id, started_at);
CREATE INDEX staff_sessions_age ON staff_sessions (expires_at);

-- How often in a row an account, or an address, was tried in vain, and until when it may not be tried again. Times are
-- microseconds since 1970; names are keyed hashes.
CREATE TABLE sign_in_tries (
    scope   text NOT NULL,
    name    blob NOT NULL,
    n       bigint NOT NULL,
    at      bigint NOT NULL,
    free_at bigint NOT NULL,
    PRIMARY KEY (scope, name)
);
CREATE INDEX sign_in_tries_age ON sign_in_tries (at);

-- Who did what in a business. The head is the lock under which rows are added; its seal is the link to the next row.
CREATE TABLE trail_heads (
    business_id text PRIMARY KEY,
    seq         bigint NOT NULL,
    seal        blob NOT NULL
);
CREATE TABLE trail_events (
    business_id text NOT NULL,
    seq         bigint NOT NULL,
    at          datetime NOT NULL,
    actor       text NOT NULL,
    action      text NOT NULL,
    target      text NOT NULL,
    detail      text NOT NULL,
    link        blob NOT NULL,
    PRIMARY KEY (business_id, seq)
);

-- +goose Down
DROP TABLE trail_events;
DROP TABLE trail_heads;
DROP TABLE sign_in_tries;
DROP TABLE staff_sessions;
DROP TABLE staff_recovery_codes;
DROP TABLE staff_emails;
DROP TABLE staff;
