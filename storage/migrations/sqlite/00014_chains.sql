-- +goose Up
-- The keys of the chains that make history tamper-evident, each sealed under the keyring. None is ever deleted.
CREATE TABLE chain_keys (
    scope      text NOT NULL,
    id         text NOT NULL,
    sealed     blob NOT NULL,
    created_at datetime NOT NULL,
    PRIMARY KEY (scope, id)
);

-- Ends the part of a wallet's chain that was written without a key, by versions before this table.
ALTER TABLE wallets ADD COLUMN sealing blob;

-- +goose Down
ALTER TABLE wallets DROP COLUMN sealing;
DROP TABLE chain_keys;
