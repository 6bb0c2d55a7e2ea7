-- +goose Up
-- By what a partner's client is known. Like api_keys, this is sought before anybody knows which business it belongs to.
CREATE TABLE face_clients (
    face        text NOT NULL,
    client_id   text NOT NULL,
    business_id text NOT NULL,
    sandbox     boolean NOT NULL,
    name        text NOT NULL DEFAULT '',
    secret_hash blob NOT NULL,
    created_at  datetime NOT NULL,
    disabled_at datetime,
    PRIMARY KEY (face, client_id)
);
CREATE INDEX face_clients_business ON face_clients (business_id, face);

-- The identity providers of businesses. A token names the issuer, and by that its business is found: no two businesses
-- may share an issuer and an audience.
CREATE TABLE subject_issuers (
    issuer        text NOT NULL,
    audience      text NOT NULL,
    business_id   text NOT NULL,
    sandbox       boolean NOT NULL,
    jwks_url      text NOT NULL DEFAULT '',
    secret        blob,
    subject_claim text NOT NULL,
    created_at    datetime NOT NULL,
    PRIMARY KEY (issuer, audience)
);
CREATE INDEX subject_issuers_business ON subject_issuers (business_id);

-- +goose Down
DROP TABLE subject_issuers;
DROP TABLE face_clients;
