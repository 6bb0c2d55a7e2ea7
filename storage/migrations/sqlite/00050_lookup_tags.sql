-- +goose Up
-- By which metadata lookups are found: a keyed hash of each top-level member. A job writes them behind the lookups; through is the
-- last id whose members are here.
CREATE TABLE lookup_tags (
    business_id text NOT NULL,
    tag         blob NOT NULL,
    lookup_id   text NOT NULL,
    PRIMARY KEY (business_id, tag, lookup_id)
) WITHOUT ROWID;
CREATE TABLE lookup_tagged (
    business_id text PRIMARY KEY,
    through     text NOT NULL
);

-- +goose Down
DROP TABLE lookup_tagged;
DROP TABLE lookup_tags;
