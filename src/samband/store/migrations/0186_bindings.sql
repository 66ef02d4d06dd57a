-- Registrations over UDP, which no connection ends, by address and endpoint. expires: seconds since 1970; binding: the rest.
CREATE TABLE bindings (
    address TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    expires BIGINT NOT NULL,
    binding BYTEA NOT NULL,
    PRIMARY KEY (address, endpoint)
);
