-- What was carried into a mailbox from elsewhere, or out of it to elsewhere: it is carried once.
CREATE TABLE carried (
    mailbox TEXT NOT NULL,
    place TEXT NOT NULL,
    item TEXT NOT NULL,
    PRIMARY KEY (mailbox, place, item)
);
