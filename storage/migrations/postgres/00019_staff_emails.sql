-- +goose Up
-- An e-mail belongs to one user of each business: whether another business knows it is nobody's to learn. The release before
-- goes on to read and write the table as it is.
ALTER TABLE staff_emails DROP CONSTRAINT staff_emails_pkey, ADD PRIMARY KEY (email_index, business_id);

-- +goose Down
ALTER TABLE staff_emails DROP CONSTRAINT staff_emails_pkey, ADD PRIMARY KEY (email_index);
