-- Browsers that are signed in to the web client. key: hex of the SHA-256 of the word in the cookie; guid: objectGUID;
-- mark: that of the password; began, used: seconds since 1970, the latter as of a few minutes ago at most.
CREATE TABLE owa_sessions (
    key TEXT PRIMARY KEY,
    guid TEXT NOT NULL,
    mark BYTEA NOT NULL,
    began BIGINT NOT NULL,
    used BIGINT NOT NULL
);
CREATE INDEX owa_sessions_guid ON owa_sessions (guid, used);
CREATE INDEX owa_sessions_used ON owa_sessions (used);
