-- Rooms and equipment in the directory, lists of rooms, and what resources answer requests by.
ALTER TABLE people ADD COLUMN msExchRecipientDisplayType BIGINT NOT NULL DEFAULT 0;

ALTER TABLE people ADD COLUMN msExchResourceCapacity BIGINT NOT NULL DEFAULT 0;

ALTER TABLE people ADD COLUMN msExchResourceMetaData TEXT NOT NULL DEFAULT '[]';

ALTER TABLE people ADD COLUMN msExchResourceDisplay TEXT NOT NULL DEFAULT '';

ALTER TABLE directory_groups ADD COLUMN msExchRecipientTypeDetails BIGINT NOT NULL DEFAULT 256;

CREATE TABLE resource_policies (
    mailbox TEXT PRIMARY KEY,
    policy BYTEA NOT NULL
);
