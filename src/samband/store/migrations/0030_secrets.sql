CREATE TABLE secrets (
    person TEXT PRIMARY KEY,
    argon2 TEXT NOT NULL,
    nt_hash BYTEA
);
CREATE TABLE digests (
    person TEXT NOT NULL,
    realm TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    username TEXT NOT NULL,
    ha1 TEXT NOT NULL,
    PRIMARY KEY (person, realm, algorithm, username)
);
