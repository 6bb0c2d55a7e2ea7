-- +goose Up
-- What a key or a whole business (owner '') may spend in a day or a month of its zone, and how much of it is used. since is the first
-- day, or the month, that spent and asked are of; warned the last one of which the business was told that the cap is near. A row is
-- locked and written only by whoever has locked the business's wallet.
CREATE TABLE spend_caps (
    business_id text NOT NULL,
    owner       text NOT NULL,
    period      text NOT NULL CHECK (period IN ('day', 'month')),
    money       integer CHECK (money >= 0),
    lookups     integer CHECK (lookups >= 0),
    since       text NOT NULL DEFAULT '',
    spent       integer NOT NULL DEFAULT 0 CHECK (spent >= 0),
    asked       integer NOT NULL DEFAULT 0 CHECK (asked >= 0),
    warned      text NOT NULL DEFAULT '',
    PRIMARY KEY (business_id, owner, period)
);

-- The day that a lookup or a message counts on, if it is under a cap.
ALTER TABLE lookups ADD COLUMN cap_day text NOT NULL DEFAULT '';
ALTER TABLE charges ADD COLUMN cap_day text NOT NULL DEFAULT '';
ALTER TABLE charges ADD COLUMN key_id text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE charges DROP COLUMN key_id;
ALTER TABLE charges DROP COLUMN cap_day;
ALTER TABLE lookups DROP COLUMN cap_day;
DROP TABLE spend_caps;
