-- Server-side contact lists. delta counts the changes of a list.
CREATE TABLE contact_lists (
    owner TEXT PRIMARY KEY,
    delta BIGINT NOT NULL
);

CREATE TABLE contact_groups (
    owner TEXT NOT NULL,
    number BIGINT NOT NULL,
    name TEXT NOT NULL,
    external_uri TEXT NOT NULL,
    PRIMARY KEY (owner, number)
);

-- group_numbers: the groups of a contact, separated by blanks. position: order of appearance.
CREATE TABLE contacts (
    owner TEXT NOT NULL,
    address TEXT NOT NULL,
    position BIGINT NOT NULL,
    name TEXT NOT NULL,
    group_numbers TEXT NOT NULL,
    subscribed BIGINT NOT NULL,
    external_uri TEXT NOT NULL,
    extension TEXT NOT NULL,
    PRIMARY KEY (owner, address)
);
