-- What an undone step took from people, so that doing it again gives back the very same.
CREATE TABLE undone_attributes (
    step BIGINT NOT NULL,
    person TEXT NOT NULL,
    attribute TEXT NOT NULL,
    vals BYTEA NOT NULL,
    PRIMARY KEY (step, person, attribute)
);
