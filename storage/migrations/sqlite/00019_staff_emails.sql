-- +goose Up
-- An e-mail belongs to one user of each business: whether another business knows it is nobody's to learn.
CREATE TABLE staff_emails_new (
    email_index blob NOT NULL,
    business_id text NOT NULL,
    user_id     text NOT NULL,
    PRIMARY KEY (email_index, business_id)
);
INSERT INTO staff_emails_new (email_index, business_id, user_id) SELECT email_index, business_id, user_id FROM staff_emails;
DROP TABLE staff_emails;
ALTER TABLE staff_emails_new RENAME TO staff_emails;

-- +goose Down
ALTER TABLE staff_emails RENAME TO staff_emails_new;
CREATE TABLE staff_emails (
    email_index blob PRIMARY KEY,
    business_id text NOT NULL,
    user_id     text NOT NULL
);
INSERT INTO staff_emails (email_index, business_id, user_id) SELECT email_index, business_id, user_id FROM staff_emails_new;
DROP TABLE staff_emails_new;
