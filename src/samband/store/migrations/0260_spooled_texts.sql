-- What people wrote to each other, from just before it is acknowledged until a moment later, when it is put into the
-- conversations it belongs to: one small row a text, each after the one before. sent: milliseconds since 1970.
CREATE TABLE spooled_texts (
    id BIGINT PRIMARY KEY,
    sent BIGINT NOT NULL,
    said BYTEA NOT NULL
);
