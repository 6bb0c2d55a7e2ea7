-- +goose Up
-- Answers that sources owe: a source that said "pending" named one, and brings it later or is asked for it. Rows stay, so
-- that an answer that comes twice is known for what it is. A source names the reference alone, without the business: that
-- search goes over all businesses, and is rare.
CREATE TABLE upstream_refs (
    business_id text COLLATE "C" NOT NULL,
    lookup_id   text COLLATE "C" NOT NULL,
    source      text COLLATE "C" NOT NULL,
    ref         text COLLATE "C" NOT NULL,
    state       text COLLATE "C" NOT NULL,
    outcome     text COLLATE "C" NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL,
    ended_at    timestamptz,
    PRIMARY KEY (business_id, lookup_id, source, ref)
);
CREATE INDEX upstream_refs_ref ON upstream_refs (ref, source);

-- +goose Down
DROP TABLE upstream_refs;
