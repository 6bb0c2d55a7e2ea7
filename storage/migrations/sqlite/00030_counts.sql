-- +goose Up
-- How lookups came out, by the hour in which they were asked for. A job counts them and catches up; through is the last id that
-- it has counted, and lookups that had not ended then are counted again when they have.
CREATE TABLE lookup_counts (
    business_id text NOT NULL,
    hour        integer NOT NULL,
    sandbox     boolean NOT NULL,
    advanced    boolean NOT NULL,
    source      text NOT NULL,
    key_id      text NOT NULL,
    outcome     text NOT NULL,
    checked     text NOT NULL,
    n           integer NOT NULL,
    charged     integer NOT NULL,
    PRIMARY KEY (business_id, hour, sandbox, advanced, source, key_id, outcome, checked)
);
CREATE TABLE lookup_spans (
    business_id text NOT NULL,
    hour        integer NOT NULL,
    sandbox     boolean NOT NULL,
    bucket      integer NOT NULL,
    n           integer NOT NULL,
    PRIMARY KEY (business_id, hour, sandbox, bucket)
);
CREATE TABLE lookup_counted (
    business_id text PRIMARY KEY,
    through     text NOT NULL
);
CREATE TABLE lookup_uncounted (
    business_id text NOT NULL,
    lookup_id   text NOT NULL,
    PRIMARY KEY (business_id, lookup_id)
);

-- +goose Down
DROP TABLE lookup_uncounted;
DROP TABLE lookup_counted;
DROP TABLE lookup_spans;
DROP TABLE lookup_counts;
