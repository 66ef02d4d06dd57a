-- What the owners of mailboxes want done with mail that comes.
CREATE TABLE inbox_rules (
    mailbox TEXT NOT NULL,
    id BIGINT NOT NULL,
    priority BIGINT NOT NULL,
    rule BYTEA NOT NULL,
    PRIMARY KEY (mailbox, id)
) /* clustered */;
