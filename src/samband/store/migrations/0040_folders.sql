-- Folders of mailboxes. created_seq: the write that made it; seq: the last write of its properties or place.
CREATE TABLE folders (
    id BIGINT PRIMARY KEY,
    mailbox TEXT NOT NULL,
    parent BIGINT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    folder_class TEXT NOT NULL,
    distinguished TEXT NOT NULL,
    default_key TEXT NOT NULL,
    created_seq BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    total BIGINT NOT NULL,
    unread BIGINT NOT NULL,
    children BIGINT NOT NULL,
    created BIGINT NOT NULL,
    properties BYTEA NOT NULL
);

CREATE UNIQUE INDEX folders_by_name ON folders (mailbox, parent, name_key);
CREATE INDEX folders_by_seq ON folders (mailbox, seq);

-- A folder left its parent: it was deleted (then it has no row above) or moved.
CREATE TABLE folders_gone (
    mailbox TEXT NOT NULL,
    seq BIGINT NOT NULL,
    folder BIGINT NOT NULL,
    parent BIGINT NOT NULL,
    PRIMARY KEY (mailbox, seq, folder)
) /* clustered */;
