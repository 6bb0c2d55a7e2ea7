-- +goose Up
ALTER TABLE possession_sends
    ADD COLUMN currency    text NOT NULL DEFAULT '',
    ADD COLUMN tries       text,
    ADD COLUMN delivery    text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN delivery_at timestamptz;

-- Providers report by their own reference and know no business.
CREATE INDEX possession_sends_reference ON possession_sends (provider, reference) WHERE reference <> '';

-- Receipts that came before the message's reference was written down.
CREATE TABLE possession_receipts (
    provider  text COLLATE "C" NOT NULL,
    reference text COLLATE "C" NOT NULL,
    state     text COLLATE "C" NOT NULL,
    at        timestamptz NOT NULL,
    PRIMARY KEY (provider, reference)
);
CREATE INDEX possession_receipts_age ON possession_receipts (at);

-- +goose Down
DROP TABLE possession_receipts;
DROP INDEX possession_sends_reference;
ALTER TABLE possession_sends DROP COLUMN currency, DROP COLUMN tries, DROP COLUMN delivery, DROP COLUMN delivery_at;
