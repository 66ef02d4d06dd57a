-- The unread of a folder; rows with the same receipt stand by their numbers.
DROP INDEX items_unread;
CREATE INDEX items_unread ON items (folder, associated, is_read, received NULLS FIRST, id) WHERE is_read = 0;
