-- Columns are attributes by their Active Directory names; the folded columns are the forms in which they compare.
CREATE TABLE directory_groups (
    objectGUID TEXT PRIMARY KEY,
    sAMAccountName TEXT NOT NULL,
    displayName TEXT NOT NULL,
    mail TEXT NOT NULL,
    folded_login TEXT NOT NULL,
    folded_mail TEXT NOT NULL
);

CREATE UNIQUE INDEX directory_groups_by_login ON directory_groups (folded_login);

CREATE UNIQUE INDEX directory_groups_by_mail ON directory_groups (folded_mail);

-- A member is a person or another group.
CREATE TABLE group_members (
    objectGUID TEXT NOT NULL REFERENCES directory_groups (objectGUID),
    member TEXT NOT NULL,
    PRIMARY KEY (objectGUID, member)
) /* clustered */;

CREATE INDEX group_members_by_member ON group_members (member);
