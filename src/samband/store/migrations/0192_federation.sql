-- With which other domains the Lync side speaks, or does not.
CREATE TABLE federated_domains (
    domain TEXT PRIMARY KEY,
    blocked BIGINT NOT NULL,
    proxy TEXT NOT NULL,
    authorities TEXT NOT NULL
);
-- Whether it speaks with domains on no list: one row, once it is not as at first.
CREATE TABLE federation (
    place BIGINT PRIMARY KEY,
    discovery BIGINT NOT NULL
);
ALTER TABLE people ADD COLUMN msRTCSIP_FederationEnabled BIGINT NOT NULL DEFAULT 1;
