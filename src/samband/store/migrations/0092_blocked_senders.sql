-- Whose mail goes to Junk Email in which mailbox. address is in lower case.
CREATE TABLE blocked_senders (
    mailbox TEXT NOT NULL,
    address TEXT NOT NULL,
    PRIMARY KEY (mailbox, address)
);
