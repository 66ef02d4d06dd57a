-- The number of the latest write, and the number up to which the log has been trimmed. One row.
CREATE TABLE sequence_number (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    last BIGINT NOT NULL,
    trimmed BIGINT NOT NULL
);

INSERT INTO sequence_number (id, last, trimmed) VALUES (1, 0, 0);

-- A row is a run of neighbouring changes of one scope in one write; n is the place of the first one in that write.
CREATE TABLE changes (
    seq BIGINT NOT NULL,
    n BIGINT NOT NULL,
    scope TEXT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (seq, n)
) /* clustered */;

CREATE INDEX changes_of_scope ON changes (scope, seq, n);
