-- Mailboxes whose owner's instant messaging list was moved here (ImListMigrationCompleted).
CREATE TABLE im_lists (
    mailbox TEXT NOT NULL PRIMARY KEY,
    migrated BIGINT NOT NULL
);
