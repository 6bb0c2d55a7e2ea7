-- +goose Up
-- Prices with the moment from which each holds. No business = the operator's own list, which holds where a business has none. Tiers
-- are JSON: what an answer costs behind so many of a month. The table prices stays for gateways of the release before.
CREATE TABLE price_list (
    business_id text COLLATE "C" NOT NULL,
    product     text COLLATE "C" NOT NULL,
    outcome     text COLLATE "C" NOT NULL,
    valid_from  timestamptz NOT NULL,
    amount      bigint NOT NULL CHECK (amount >= 0),
    tiers       text NOT NULL DEFAULT '',
    PRIMARY KEY (business_id, product, outcome, valid_from)
);

-- +goose Down
DROP TABLE price_list;
