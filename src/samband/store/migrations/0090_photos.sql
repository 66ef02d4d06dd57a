-- The photo of a mailbox's owner, a row a size (edge in pixels). Large contents are blobs.
CREATE TABLE photos (
    mailbox TEXT NOT NULL,
    size BIGINT NOT NULL,
    tag TEXT NOT NULL,
    blob TEXT NOT NULL,
    content BYTEA,
    PRIMARY KEY (mailbox, size)
);
