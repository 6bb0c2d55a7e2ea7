-- +goose Up
-- Now and then the state of all wallets is signed, so that others can prove later what stood in the books. A leaf covers the transfers
-- of one business since its leaf before.
CREATE TABLE checkpoint_keys (
    id         text PRIMARY KEY,
    public     blob NOT NULL,
    sealed     blob NOT NULL,
    created_at datetime NOT NULL
);
CREATE TABLE checkpoints (
    number    bigint PRIMARY KEY,
    at        datetime NOT NULL,
    size      bigint NOT NULL,
    root      blob NOT NULL,
    previous  blob NOT NULL,
    key_id    text NOT NULL,
    next_key  blob,
    signature blob NOT NULL
);
CREATE TABLE checkpoint_leaves (
    business_id text NOT NULL,
    number      bigint NOT NULL,
    position    bigint NOT NULL,
    first_entry bigint NOT NULL,
    last_entry  bigint NOT NULL,
    book        blob NOT NULL,
    mark        blob NOT NULL,
    previous    blob NOT NULL,
    path        blob NOT NULL,
    PRIMARY KEY (business_id, number)
);
CREATE INDEX checkpoint_leaves_tree ON checkpoint_leaves (number, position);

-- +goose Down
DROP TABLE checkpoint_leaves;
DROP TABLE checkpoints;
DROP TABLE checkpoint_keys;
