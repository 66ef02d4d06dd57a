-- What lists are sorted by, in lower case. NULL: not yet known of an item that an earlier version made.
ALTER TABLE items ADD COLUMN subject_key TEXT;
ALTER TABLE items ADD COLUMN sender_key TEXT;
DROP INDEX items_by_received;
CREATE INDEX items_by_received ON items (folder, associated, received NULLS FIRST, id);
CREATE INDEX items_by_subject ON items (folder, associated, subject_key NULLS FIRST, received NULLS FIRST, id);
CREATE INDEX items_by_sender ON items (folder, associated, sender_key NULLS FIRST, received NULLS FIRST, id);
CREATE INDEX items_by_size ON items (folder, associated, size, id);
CREATE INDEX items_unread ON items (folder, received NULLS FIRST, id) WHERE is_read = 0;
