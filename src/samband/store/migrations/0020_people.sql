-- Columns are attributes by their Active Directory names; proxyAddresses is a JSON array.
CREATE TABLE people (
    objectGUID TEXT PRIMARY KEY,
    sAMAccountName TEXT NOT NULL,
    userPrincipalName TEXT NOT NULL,
    displayName TEXT NOT NULL,
    givenName TEXT NOT NULL,
    sn TEXT NOT NULL,
    mail TEXT NOT NULL,
    proxyAddresses TEXT NOT NULL,
    msExchMailboxGuid TEXT NOT NULL,
    msRTCSIP_PrimaryUserAddress TEXT NOT NULL,
    msRTCSIP_UserEnabled BIGINT NOT NULL,
    legacyExchangeDN TEXT NOT NULL,
    title TEXT NOT NULL,
    department TEXT NOT NULL,
    company TEXT NOT NULL,
    physicalDeliveryOfficeName TEXT NOT NULL,
    telephoneNumber TEXT NOT NULL,
    mobile TEXT NOT NULL,
    thumbnailPhoto BYTEA NOT NULL,
    enabled BIGINT NOT NULL
);

-- What nobody else may be called: names of a kind, in the form in which they compare.
CREATE TABLE people_names (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    objectGUID TEXT NOT NULL REFERENCES people (objectGUID),
    PRIMARY KEY (kind, name)
) /* clustered */;

CREATE INDEX people_names_of_person ON people_names (objectGUID);
