-- What people wrote to each other, kept until it is in their mailboxes and the conversation is over. Instants are
-- milliseconds since 1970. place: the addresses of two people, or that of a conference; session: what their clients
-- call the conversation, or empty; kind: two, conference, missed. last: the number of the latest text; size: of all.
CREATE TABLE conversation_history (
    id BIGINT PRIMARY KEY,
    place TEXT NOT NULL,
    session TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    started BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    last BIGINT NOT NULL,
    size BIGINT NOT NULL
);
CREATE INDEX conversation_history_by_place ON conversation_history (place, changed);
CREATE INDEX conversation_history_by_change ON conversation_history (changed);

-- audience: the members that the text was sent to, and its sender.
CREATE TABLE conversation_history_texts (
    conversation BIGINT NOT NULL,
    number BIGINT NOT NULL,
    sent BIGINT NOT NULL,
    sender BIGINT NOT NULL,
    html BIGINT NOT NULL,
    content TEXT NOT NULL,
    audience BYTEA NOT NULL,
    PRIMARY KEY (conversation, number)
) /* clustered */;

-- Who takes part. owner: the objectGUID of whose mailbox gets a copy, empty where none does; mark: what the copy is
-- found by; item: its identifier there, once it has one; last and written: the latest text that belongs into the copy,
-- and that it has; tried: it was begun to be made, and no answer was seen; due: when it is to be written.
CREATE TABLE conversation_history_members (
    conversation BIGINT NOT NULL,
    member BIGINT NOT NULL,
    address TEXT NOT NULL,
    name TEXT NOT NULL,
    owner TEXT NOT NULL,
    mark TEXT NOT NULL,
    item TEXT NOT NULL,
    last BIGINT NOT NULL,
    written BIGINT NOT NULL,
    tried BIGINT NOT NULL,
    refusals BIGINT NOT NULL,
    due BIGINT NOT NULL,
    PRIMARY KEY (conversation, member)
) /* clustered */;
CREATE INDEX conversation_history_members_by_owner ON conversation_history_members (owner, due);
