-- +goose Up
-- How lookups came out, by the hour in which they were asked for. A job counts them and catches up; through is the last id that
-- it has counted, and lookups that had not ended then are counted again when they have.
CREATE TABLE lookup_counts (
    business_id text COLLATE "C" NOT NULL,
    hour        bigint NOT NULL,
    sandbox     boolean NOT NULL,
    advanced    boolean NOT NULL,
    source      text COLLATE "C" NOT NULL,
    key_id      text COLLATE "C" NOT NULL,
    outcome     text COLLATE "C" NOT NULL,
    checked     text COLLATE "C" NOT NULL,
    n           bigint NOT NULL,
    charged     bigint NOT NULL,
    PRIMARY KEY (business_id, hour, sandbox, advanced, source, key_id, outcome, checked)
);
CREATE TABLE lookup_spans (
    business_id text COLLATE "C" NOT NULL,
    hour        bigint NOT NULL,
    sandbox     boolean NOT NULL,
    bucket      bigint NOT NULL,
    n           bigint NOT NULL,
    PRIMARY KEY (business_id, hour, sandbox, bucket)
);
CREATE TABLE lookup_counted (
    business_id text COLLATE "C" PRIMARY KEY,
    through     text COLLATE "C" NOT NULL
);
CREATE TABLE lookup_uncounted (
    business_id text COLLATE "C" NOT NULL,
    lookup_id   text COLLATE "C" NOT NULL,
    PRIMARY KEY (business_id, lookup_id)
);

-- +goose Down
DROP TABLE lookup_uncounted;
DROP TABLE lookup_counted;
DROP TABLE lookup_spans;
DROP TABLE lookup_counts;
