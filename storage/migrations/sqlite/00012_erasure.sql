-- +goose Up
-- Up to which lookup, in the order of their ids, retention has erased the people of a business. The row is the lock under
-- which people of that business are erased, for whatever cause.
CREATE TABLE lookup_retention (
    business_id text PRIMARY KEY,
    through     text NOT NULL
);

-- +goose Down
DROP TABLE lookup_retention;
