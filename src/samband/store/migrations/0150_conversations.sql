-- The Internet message identifier of what is a message, by which answers find its conversation; empty for the rest.
ALTER TABLE items ADD COLUMN message_id TEXT NOT NULL DEFAULT '';
CREATE INDEX items_by_message_id ON items (mailbox, message_id) WHERE message_id <> '';

-- The conversations of a folder and when each was last heard of, read from the index alone.
CREATE INDEX items_by_folder_conversation ON items (folder, associated, conversation, received);

-- What is always done with what comes into a conversation.
CREATE TABLE conversation_actions (
    mailbox TEXT NOT NULL,
    conversation BYTEA NOT NULL,
    action BYTEA NOT NULL,
    PRIMARY KEY (mailbox, conversation)
) /* clustered */;
