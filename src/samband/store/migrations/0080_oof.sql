CREATE TABLE oof_settings (
    mailbox TEXT NOT NULL PRIMARY KEY,
    settings BYTEA NOT NULL
);
