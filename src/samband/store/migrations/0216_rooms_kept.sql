-- Conferences that somebody is in: who, with which role, and whether they are locked. organizer: objectGUID.
CREATE TABLE rooms_kept (
    organizer TEXT NOT NULL,
    id TEXT NOT NULL,
    room BYTEA NOT NULL,
    PRIMARY KEY (organizer, id)
);
