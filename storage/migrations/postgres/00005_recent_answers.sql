-- +goose Up
-- Answers that may be given again, for a few hours, to the business that they were given to. The id is a keyed hash of
-- what was asked; the answer is sealed under its row's own key.
CREATE TABLE recent_answers (
    business_id  text COLLATE "C" NOT NULL,
    id           text COLLATE "C" NOT NULL,
    number_index bytea NOT NULL,
    data_key     bytea NOT NULL,
    sealed       bytea NOT NULL,
    expires_at   timestamptz NOT NULL,
    PRIMARY KEY (business_id, id)
);
CREATE INDEX recent_answers_number ON recent_answers (number_index, business_id);
CREATE INDEX recent_answers_expiry ON recent_answers (expires_at);

-- +goose Down
DROP TABLE recent_answers;
