-- +goose Up
-- Who may sign in to the console. E-mail and name are sealed together; password is an argon2id hash.
CREATE TABLE staff (
    business_id  text COLLATE "C" NOT NULL,
    id           text COLLATE "C" NOT NULL,
    sealed       bytea NOT NULL,
    role         text NOT NULL,
    password     text NOT NULL,
    totp         bytea,
    totp_offer   bytea,
    totp_step    bigint NOT NULL DEFAULT 0,
    created_at   timestamptz NOT NULL,
    disabled_at  timestamptz,
    last_seen_at timestamptz,
    PRIMARY KEY (business_id, id)
);

-- An e-mail, as a keyed hash, belongs to one user of one business. Small, and sought before the business is known.
CREATE TABLE staff_emails (
    email_index bytea PRIMARY KEY,
    business_id text COLLATE "C" NOT NULL,
    user_id     text COLLATE "C" NOT NULL
);

-- What stands in for a code of the second factor, once: the row goes when it is used.
CREATE TABLE staff_recovery_codes (
    business_id text COLLATE "C" NOT NULL,
    user_id     text COLLATE "C" NOT NULL,
    hash        bytea NOT NULL,
    PRIMARY KEY (business_id, user_id, hash)
);

-- Sought by the hash of their token before the business is known, like API keys.
CREATE TABLE staff_sessions (
    hash        bytea PRIMARY KEY,
    id          text COLLATE "C" NOT NULL,
    business_id text COLLATE "C" NOT NULL,
    user_id     text COLLATE "C" NOT NULL,
    started_at  timestamptz NOT NULL,
    seen_at     timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX staff_sessions_user ON staff_sessions (business_id, user_id, started_at);
CREATE INDEX staff_sessions_age ON staff_sessions (expires_at);

-- How often in a row an account, or an address, was tried in vain, and until when it may not be tried again. Times are
-- microseconds since 1970; names are keyed hashes.
CREATE TABLE sign_in_tries (
    scope   text COLLATE "C" NOT NULL,
    name    bytea NOT NULL,
    n       bigint NOT NULL,
    at      bigint NOT NULL,
    free_at bigint NOT NULL,
    PRIMARY KEY (scope, name)
);
CREATE INDEX sign_in_tries_age ON sign_in_tries (at);

-- Who did what in a business. The head is the lock under which rows are added; its seal is the link to the next row.
CREATE TABLE trail_heads (
    business_id text COLLATE "C" PRIMARY KEY,
    seq         bigint NOT NULL,
    seal        bytea NOT NULL
);
CREATE TABLE trail_events (
    business_id text COLLATE "C" NOT NULL,
    seq         bigint NOT NULL,
    at          timestamptz NOT NULL,
    actor       text NOT NULL,
    action      text NOT NULL,
    target      text NOT NULL,
    detail      text NOT NULL,
    link        bytea NOT NULL,
    PRIMARY KEY (business_id, seq)
);

-- +goose Down
DROP TABLE trail_events, trail_heads, sign_in_tries, staff_sessions, staff_recovery_codes, staff_emails, staff;
