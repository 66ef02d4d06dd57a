-- Who was told that the owner of a mailbox is out, since they last said so. address is in lower case.
CREATE TABLE oof_answered (
    mailbox TEXT NOT NULL,
    address TEXT NOT NULL,
    PRIMARY KEY (mailbox, address)
);
