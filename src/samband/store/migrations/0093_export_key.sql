-- What exported items are sealed with, so that only what was exported here is uploaded. One row.
CREATE TABLE export_key (
    id BIGINT PRIMARY KEY,
    secret BYTEA NOT NULL
);
