-- What calendars are searched by: a row for each single appointment, for each series (with what it takes to expand
-- it) and for each of its exceptions. "spread" rows (series, and what is longer than 14 days) are looked for from the
-- beginning of time; all others only 14 days back.
CREATE TABLE calendar_entries (
    item BIGINT NOT NULL,
    ordinal BIGINT NOT NULL,
    mailbox TEXT NOT NULL,
    folder BIGINT NOT NULL,
    uid TEXT NOT NULL,
    spread INTEGER NOT NULL,
    starts BIGINT NOT NULL,
    ends BIGINT NOT NULL,
    busy INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    subject TEXT NOT NULL,
    location TEXT NOT NULL,
    series BYTEA,
    PRIMARY KEY (item, ordinal)
);
CREATE INDEX calendar_entries_window ON calendar_entries (folder, spread, starts);
CREATE INDEX calendar_entries_uid ON calendar_entries (mailbox, uid);

-- An occurrence that differs from its series: all its properties.
CREATE TABLE calendar_exceptions (
    item BIGINT NOT NULL,
    ordinal BIGINT NOT NULL,
    properties BYTEA NOT NULL,
    PRIMARY KEY (item, ordinal)
);

CREATE TABLE working_hours (
    mailbox TEXT NOT NULL PRIMARY KEY,
    hours BYTEA NOT NULL
);
