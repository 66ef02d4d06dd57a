-- holder is the objectGUID of a person or group, or an application's identifier; scope is that of a person or group
-- whose mailboxes are meant, empty for all.
CREATE TABLE rights (
    name TEXT NOT NULL,
    holder TEXT NOT NULL,
    scope TEXT NOT NULL,
    PRIMARY KEY (name, holder, scope)
) /* clustered */;
