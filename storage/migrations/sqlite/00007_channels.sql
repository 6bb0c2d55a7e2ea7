-- +goose Up
ALTER TABLE possession_sends ADD COLUMN currency text NOT NULL DEFAULT '';
ALTER TABLE possession_sends ADD COLUMN tries text;
ALTER TABLE possession_sends ADD COLUMN delivery text NOT NULL DEFAULT '';
ALTER TABLE possession_sends ADD COLUMN delivery_at datetime;

-- Providers report by their own reference and know no business.
CREATE INDEX possession_sends_reference ON possession_sends (provider, reference) WHERE reference <> '';

-- Receipts that came before the message's reference was written down.
CREATE TABLE possession_receipts (
    provider  text NOT NULL,
    reference text NOT NULL,
    state     text NOT NULL,
    at        datetime NOT NULL,
    PRIMARY KEY (provider, reference)
);
CREATE INDEX possession_receipts_age ON possession_receipts (at);

-- +goose Down
DROP TABLE possession_receipts;
DROP INDEX possession_sends_reference;
ALTER TABLE possession_sends DROP COLUMN currency;
ALTER TABLE possession_sends DROP COLUMN tries;
ALTER TABLE possession_sends DROP COLUMN delivery;
ALTER TABLE possession_sends DROP COLUMN delivery_at;
