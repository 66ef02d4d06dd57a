-- Items. created_seq: the write that brought it into its folder; content_seq: the last write of more than its read
-- flag; seq: the last write of any kind. Instants are seconds since 1970. What stands in columns besides is a copy
-- for searching and sorting; the truth is in properties. body holds what lists do not read (body, header fields) and
-- mime the message as it came, either as a blob where it is large.
CREATE TABLE items (
    id BIGINT PRIMARY KEY,
    mailbox TEXT NOT NULL,
    folder BIGINT NOT NULL,
    kind TEXT NOT NULL,
    item_class TEXT NOT NULL,
    created_seq BIGINT NOT NULL,
    content_seq BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    associated INTEGER NOT NULL,
    is_read INTEGER NOT NULL,
    attached INTEGER NOT NULL,
    size BIGINT NOT NULL,
    received BIGINT,
    start_time BIGINT,
    end_time BIGINT,
    subject TEXT NOT NULL,
    conversation BYTEA NOT NULL,
    properties BYTEA NOT NULL,
    body_blob TEXT NOT NULL,
    mime_blob TEXT NOT NULL,
    body BYTEA,
    mime BYTEA
);

CREATE INDEX items_by_received ON items (folder, associated, received, id);
CREATE INDEX items_by_seq ON items (folder, seq);
CREATE INDEX items_by_conversation ON items (mailbox, conversation);

-- An item left a folder: it was moved or deleted.
CREATE TABLE items_gone (
    folder BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    item BIGINT NOT NULL,
    created_seq BIGINT NOT NULL,
    associated INTEGER NOT NULL,
    PRIMARY KEY (folder, seq, item)
) /* clustered */;

-- kind is empty for a file; the content of an item attachment is a packed item. Large contents are blobs.
CREATE TABLE attachments (
    id BIGINT PRIMARY KEY,
    item BIGINT NOT NULL,
    mailbox TEXT NOT NULL,
    head BYTEA NOT NULL,
    blob TEXT NOT NULL,
    content BYTEA
);

CREATE INDEX attachments_of_item ON attachments (item, id);
