-- +goose Up
-- Pending lookups that somebody is asking sources about right now. Whoever does deletes the row when done; one whose time
-- is over was left by a crash, and anybody may take it.
CREATE TABLE lookup_claims (
    business_id text COLLATE "C" NOT NULL,
    lookup_id   text COLLATE "C" NOT NULL,
    holder      text COLLATE "C" NOT NULL,
    until       timestamptz NOT NULL,
    PRIMARY KEY (business_id, lookup_id)
);
CREATE INDEX lookup_claims_expiry ON lookup_claims (until);

-- +goose Down
DROP TABLE lookup_claims;
