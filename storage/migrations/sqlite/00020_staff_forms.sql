-- +goose Up
-- Forms of the console that were sent, so that each is done once, and what they made until it is shown once, sealed.
CREATE TABLE staff_forms (
    business_id text NOT NULL,
    id          text NOT NULL,
    session_id  text NOT NULL,
    sent_at     datetime NOT NULL,
    shown_at    datetime,
    answer      blob,
    PRIMARY KEY (business_id, id)
);
CREATE INDEX staff_forms_age ON staff_forms (sent_at);

-- +goose Down
DROP TABLE staff_forms;
