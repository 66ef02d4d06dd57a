-- A person's in-place archive: a second mailbox, and the one that was disabled and can be had back.
ALTER TABLE people ADD COLUMN msExchArchiveGUID TEXT NOT NULL DEFAULT '';

ALTER TABLE people ADD COLUMN msExchArchiveName TEXT NOT NULL DEFAULT '';

ALTER TABLE people ADD COLUMN msExchDisabledArchiveGUID TEXT NOT NULL DEFAULT '';
