-- +goose Up
-- Corrections that wait for a second operator. No business = refunds of several.
CREATE TABLE approvals (
    business_id  text COLLATE "C" NOT NULL,
    id           text COLLATE "C" NOT NULL,
    kind         text COLLATE "C" NOT NULL,
    wish         text NOT NULL,
    amount       bigint NOT NULL,
    asked_by     text NOT NULL,
    asked_at     timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    approved_by  text NOT NULL DEFAULT '',
    approved_at  timestamptz,
    PRIMARY KEY (business_id, id)
);

-- +goose Down
DROP TABLE approvals;
