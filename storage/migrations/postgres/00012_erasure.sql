-- +goose Up
-- Up to which lookup, in the order of their ids, retention has erased the people of a business. The row is the lock under
-- which people of that business are erased, for whatever cause.
CREATE TABLE lookup_retention (
    business_id text COLLATE "C" PRIMARY KEY,
    through     text COLLATE "C" NOT NULL
);

-- +goose Down
DROP TABLE lookup_retention;
