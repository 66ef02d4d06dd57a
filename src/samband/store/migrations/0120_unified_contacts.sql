-- Where the contact lists of people live who moved theirs, are moving it, or moved it back. owner is an objectGUID.
CREATE TABLE unified_contacts (
    owner TEXT NOT NULL PRIMARY KEY,
    ucs BYTEA NOT NULL
);
