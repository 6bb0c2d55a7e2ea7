-- +goose Up
-- Answers that may be given again, for a few hours, to the business that they were given to. The id is a keyed hash of
-- what was asked; the answer is sealed under its row's own key.
CREATE TABLE recent_answers (
    business_id  text NOT NULL,
    id           text NOT NULL,
    number_index blob NOT NULL,
    data_key     blob NOT NULL,
    sealed       blob NOT NULL,
    expires_at   datetime NOT NULL,
    PRIMARY KEY (business_id, id)
);
CREATE INDEX recent_answers_number ON recent_answers (number_index, business_id);
CREATE INDEX recent_answers_expiry ON recent_answers (expires_at);

-- +goose Down
DROP TABLE recent_answers;
