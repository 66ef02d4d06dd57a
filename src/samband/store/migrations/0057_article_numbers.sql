-- A number for each item that grows from item to item of a folder and is never given twice there (an IMAP UID);
-- folders.articles is the last one given.
ALTER TABLE items ADD COLUMN article BIGINT NOT NULL DEFAULT 0;
ALTER TABLE folders ADD COLUMN articles BIGINT NOT NULL DEFAULT 0;
UPDATE items SET article = numbered.place FROM (
    SELECT id, ROW_NUMBER() OVER (PARTITION BY folder ORDER BY id) AS place FROM items
) AS numbered WHERE numbered.id = items.id;
UPDATE folders SET articles = (SELECT COALESCE(MAX(article), 0) FROM items WHERE items.folder = folders.id);
CREATE INDEX items_by_article ON items (folder, associated, article);
