-- Conferences, by their organiser's objectGUID. expires: seconds since 1970; listed: 0 or 1; terms: what was agreed.
CREATE TABLE conferences (
    organizer TEXT NOT NULL,
    id TEXT NOT NULL,
    version BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    listed BIGINT NOT NULL,
    terms BYTEA NOT NULL,
    PRIMARY KEY (organizer, id)
);
CREATE INDEX conferences_by_expiry ON conferences (expires);
