-- +goose Up
-- Corrections that wait for a second operator. No business = refunds of several.
CREATE TABLE approvals (
    business_id  text NOT NULL,
    id           text NOT NULL,
    kind         text NOT NULL,
    wish         text NOT NULL,
    amount       bigint NOT NULL,
    asked_by     text NOT NULL,
    asked_at     datetime NOT NULL,
    expires_at   datetime NOT NULL,
    approved_by  text NOT NULL DEFAULT '',
    approved_at  datetime,
    PRIMARY KEY (business_id, id)
);

-- +goose Down
DROP TABLE approvals;
