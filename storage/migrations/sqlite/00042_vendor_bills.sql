-- +goose Up
-- What vendors bill the operator, and the exchanges that they are held against: an index of the attempts of lookups, made when a
-- bill is imported. They belong to the operator, not to a business.
CREATE TABLE vendor_exchanges (
    id          text PRIMARY KEY,
    source      text NOT NULL,
    ref         text NOT NULL,
    lookup_id   text NOT NULL,
    at          datetime NOT NULL,
    billed      text NOT NULL,
    cost        bigint NOT NULL,
    currency    text NOT NULL
);
CREATE INDEX vendor_exchanges_ref ON vendor_exchanges (source, ref);
CREATE INDEX vendor_exchanges_lookup ON vendor_exchanges (source, lookup_id);
CREATE INDEX vendor_exchanges_at ON vendor_exchanges (source, at);
CREATE TABLE vendor_bill_lines (
    source      text NOT NULL,
    bill        text NOT NULL,
    line        bigint NOT NULL,
    ref         text NOT NULL,
    ours        text NOT NULL,
    amount      bigint NOT NULL,
    currency    text NOT NULL,
    exchange    text NOT NULL DEFAULT '',
    PRIMARY KEY (source, bill, line)
);
CREATE INDEX vendor_bill_lines_exchange ON vendor_bill_lines (exchange, source, bill, line);

-- +goose Down
DROP TABLE vendor_bill_lines;
DROP TABLE vendor_exchanges;
