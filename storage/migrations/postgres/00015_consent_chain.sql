-- +goose Up
-- Consent events are a chain: each link covers the event and the seal of the one before. The head is the lock under which
-- events are added; its seal is the newest. An event with the number 0 was written by a version before this table.
CREATE TABLE consent_heads (
    business_id text COLLATE "C" PRIMARY KEY,
    seq         bigint NOT NULL,
    seal        bytea NOT NULL
);
ALTER TABLE consent_events ADD COLUMN seq bigint NOT NULL DEFAULT 0;
ALTER TABLE consent_events ADD COLUMN link bytea;
CREATE INDEX consent_events_chain ON consent_events (business_id, seq);

-- +goose Down
DROP INDEX consent_events_chain;
ALTER TABLE consent_events DROP COLUMN link;
ALTER TABLE consent_events DROP COLUMN seq;
DROP TABLE consent_heads;
