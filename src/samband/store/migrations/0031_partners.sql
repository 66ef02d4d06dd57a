-- Whom a service of this site trusts; owner is the application id of that service.
CREATE TABLE partners (
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    application TEXT NOT NULL,
    realm TEXT NOT NULL,
    metadata_url TEXT NOT NULL,
    token_endpoint TEXT NOT NULL,
    trust_level TEXT NOT NULL,
    permissions TEXT NOT NULL,
    linked_account TEXT NOT NULL,
    enabled BIGINT NOT NULL,
    PRIMARY KEY (owner, name)
);
CREATE TABLE partner_keys (
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    place BIGINT NOT NULL,
    certificate BYTEA NOT NULL,
    PRIMARY KEY (owner, name, place)
);
-- Keys with which a service of this site signs; slot is current, next or previous.
CREATE TABLE signing_keys (
    owner TEXT NOT NULL,
    slot TEXT NOT NULL,
    pem BYTEA NOT NULL,
    effective BIGINT NOT NULL,
    PRIMARY KEY (owner, slot)
);
