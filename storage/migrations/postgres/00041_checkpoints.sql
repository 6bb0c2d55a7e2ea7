-- +goose Up
-- Now and then the state of all wallets is signed, so that others can prove later what stood in the books. A leaf covers the transfers
-- of one business since its leaf before.
CREATE TABLE checkpoint_keys (
    id         text COLLATE "C" PRIMARY KEY,
    public     bytea NOT NULL,
    sealed     bytea NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE TABLE checkpoints (
    number    bigint PRIMARY KEY,
    at        timestamptz NOT NULL,
    size      bigint NOT NULL,
    root      bytea NOT NULL,
    previous  bytea NOT NULL,
    key_id    text COLLATE "C" NOT NULL,
    next_key  bytea,
    signature bytea NOT NULL
);
CREATE TABLE checkpoint_leaves (
    business_id text COLLATE "C" NOT NULL,
    number      bigint NOT NULL,
    position    bigint NOT NULL,
    first_entry bigint NOT NULL,
    last_entry  bigint NOT NULL,
    book        bytea NOT NULL,
    mark        bytea NOT NULL,
    previous    bytea NOT NULL,
    path        bytea NOT NULL,
    PRIMARY KEY (business_id, number)
);
CREATE INDEX checkpoint_leaves_tree ON checkpoint_leaves (number, position);

-- +goose Down
DROP TABLE checkpoint_leaves;
DROP TABLE checkpoints;
DROP TABLE checkpoint_keys;
