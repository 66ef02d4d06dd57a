-- Rows grow in the order in which items came into a folder: who reads a folder for the first time reads along this.
CREATE INDEX items_in_order ON items (folder, id);
