-- +goose Up
-- By what a partner's client is known. Like api_keys, this is sought before anybody knows which business it belongs to.
CREATE TABLE face_clients (
    face        text COLLATE "C" NOT NULL,
    client_id   text COLLATE "C" NOT NULL,
    business_id text COLLATE "C" NOT NULL,
    sandbox     boolean NOT NULL,
    name        text NOT NULL DEFAULT '',
    secret_hash bytea NOT NULL,
    created_at  timestamptz NOT NULL,
    disabled_at timestamptz,
    PRIMARY KEY (face, client_id)
);
CREATE INDEX face_clients_business ON face_clients (business_id, face);

-- The identity providers of businesses. A token names the issuer, and by that its business is found: no two businesses
-- may share an issuer and an audience.
CREATE TABLE subject_issuers (
    issuer        text COLLATE "C" NOT NULL,
    audience      text COLLATE "C" NOT NULL,
    business_id   text COLLATE "C" NOT NULL,
    sandbox       boolean NOT NULL,
    jwks_url      text NOT NULL DEFAULT '',
    secret        bytea,
    subject_claim text NOT NULL,
    created_at    timestamptz NOT NULL,
    PRIMARY KEY (issuer, audience)
);
CREATE INDEX subject_issuers_business ON subject_issuers (business_id);

-- +goose Down
DROP TABLE subject_issuers, face_clients;
