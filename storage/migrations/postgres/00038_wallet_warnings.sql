-- +goose Up
-- Below the threshold a business is warned; NULL = never. level is what it was told last: enough, low or depleted.
ALTER TABLE wallets ADD COLUMN threshold bigint CHECK (threshold >= 0);
ALTER TABLE wallets ADD COLUMN level text NOT NULL DEFAULT 'enough';

-- What a business is to be told about its money, written in the transaction that made it true. A job turns each row into an event and
-- takes it away. owner, period, since, asked and asked_bound are of a cap.
CREATE TABLE wallet_warnings (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    business_id text NOT NULL,
    kind        text NOT NULL,
    owner       text NOT NULL DEFAULT '',
    period      text NOT NULL DEFAULT '',
    since       text NOT NULL DEFAULT '',
    amount      bigint NOT NULL,
    bound       bigint,
    asked       bigint NOT NULL DEFAULT 0,
    asked_bound bigint,
    at          timestamptz NOT NULL
);

-- +goose Down
DROP TABLE wallet_warnings;
ALTER TABLE wallets DROP COLUMN level;
ALTER TABLE wallets DROP COLUMN threshold;
