-- +goose Up
-- The keys of the chains that make history tamper-evident, each sealed under the keyring. None is ever deleted.
CREATE TABLE chain_keys (
    scope      text COLLATE "C" NOT NULL,
    id         text COLLATE "C" NOT NULL,
    sealed     bytea NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (scope, id)
);

-- Ends the part of a wallet's chain that was written without a key, by versions before this table.
ALTER TABLE wallets ADD COLUMN sealing bytea;

-- +goose Down
ALTER TABLE wallets DROP COLUMN sealing;
DROP TABLE chain_keys;
