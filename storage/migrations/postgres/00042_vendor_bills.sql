-- +goose Up
-- What vendors bill the operator, and the exchanges that they are held against: an index of the attempts of lookups, made when a
-- bill is imported. They belong to the operator, not to a business.
CREATE TABLE vendor_exchanges (
    id          text COLLATE "C" PRIMARY KEY,
    source      text COLLATE "C" NOT NULL,
    ref         text COLLATE "C" NOT NULL,
    lookup_id   text COLLATE "C" NOT NULL,
    at          timestamptz NOT NULL,
    billed      text COLLATE "C" NOT NULL,
    cost        bigint NOT NULL,
    currency    text COLLATE "C" NOT NULL
);
CREATE INDEX vendor_exchanges_ref ON vendor_exchanges (source, ref);
CREATE INDEX vendor_exchanges_lookup ON vendor_exchanges (source, lookup_id);
CREATE INDEX vendor_exchanges_at ON vendor_exchanges (source, at);
CREATE TABLE vendor_bill_lines (
    source      text COLLATE "C" NOT NULL,
    bill        text COLLATE "C" NOT NULL,
    line        bigint NOT NULL,
    ref         text COLLATE "C" NOT NULL,
    ours        text COLLATE "C" NOT NULL,
    amount      bigint NOT NULL,
    currency    text COLLATE "C" NOT NULL,
    exchange    text COLLATE "C" NOT NULL DEFAULT '',
    PRIMARY KEY (source, bill, line)
);
CREATE INDEX vendor_bill_lines_exchange ON vendor_bill_lines (exchange, source, bill, line);

-- +goose Down
DROP TABLE vendor_bill_lines;
DROP TABLE vendor_exchanges;
