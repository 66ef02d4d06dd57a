-- The words of items, to be searched: rowid is the item, words the keys of model/words.py by spaces.
CREATE TABLE item_words (rowid BIGINT PRIMARY KEY, words TSVECTOR NOT NULL) /* words */;
CREATE INDEX item_words_index ON item_words USING gin (words) /* words */;

-- Items whose words are not, or no longer, what item_words says of them; too_many: they have too many to be kept there.
CREATE TABLE words_pending (
    item BIGINT PRIMARY KEY,
    mailbox TEXT NOT NULL,
    too_many INTEGER NOT NULL
);
CREATE INDEX words_pending_of_mailbox ON words_pending (mailbox, item);
INSERT INTO words_pending (item, mailbox, too_many) SELECT id, mailbox, 0 FROM items;
