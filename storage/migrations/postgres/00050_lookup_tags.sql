-- +goose Up
-- By which metadata lookups are found: a keyed hash of each top-level member. A job writes them behind the lookups; through is the
-- last id whose members are here.
CREATE TABLE lookup_tags (
    business_id text COLLATE "C" NOT NULL,
    tag         bytea NOT NULL,
    lookup_id   text COLLATE "C" NOT NULL,
    PRIMARY KEY (business_id, tag, lookup_id)
);
CREATE TABLE lookup_tagged (
    business_id text COLLATE "C" PRIMARY KEY,
    through     text COLLATE "C" NOT NULL
);

-- +goose Down
DROP TABLE lookup_tagged;
DROP TABLE lookup_tags;
