-- The OWA virtual directory of the Exchange side: one row, once it is not as at first.
CREATE TABLE owa_virtual_directory (
    place BIGINT PRIMARY KEY,
    settings BYTEA NOT NULL
);
-- Server applications that the Lync side takes for known servers, by the name in their certificate.
CREATE TABLE trusted_applications (
    pool_fqdn TEXT NOT NULL,
    application_id TEXT NOT NULL,
    port BIGINT NOT NULL,
    PRIMARY KEY (pool_fqdn, application_id)
);
