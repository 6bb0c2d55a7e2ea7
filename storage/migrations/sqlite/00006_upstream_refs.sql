-- +goose Up
-- Answers that sources owe: a source that said "pending" named one, and brings it later or is asked for it. Rows stay, so
-- that an answer that comes twice is known for what it is. A source names the reference alone, without the business: that
-- search goes over all businesses, and is rare.
CREATE TABLE upstream_refs (
    business_id text NOT NULL,
    lookup_id   text NOT NULL,
    source      text NOT NULL,
    ref         text NOT NULL,
    state       text NOT NULL,
    outcome     text NOT NULL DEFAULT '',
    created_at  datetime NOT NULL,
    ended_at    datetime,
    PRIMARY KEY (business_id, lookup_id, source, ref)
);
CREATE INDEX upstream_refs_ref ON upstream_refs (ref, source);

-- +goose Down
DROP TABLE upstream_refs;
