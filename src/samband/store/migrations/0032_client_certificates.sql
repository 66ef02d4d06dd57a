-- Sign-in certificates issued to people's devices. serial: hex digits; expires: seconds since 1970; revoked: 0 or 1.
CREATE TABLE client_certificates (
    serial TEXT PRIMARY KEY,
    person TEXT NOT NULL,
    device TEXT NOT NULL,
    expires BIGINT NOT NULL,
    revoked BIGINT NOT NULL
);
CREATE INDEX client_certificates_of_person ON client_certificates (person, expires);
