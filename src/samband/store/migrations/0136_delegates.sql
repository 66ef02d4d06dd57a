-- Who may act for the owner of a mailbox: mailbox is its guid, delegate an objectGUID.
CREATE TABLE delegates (
    mailbox TEXT NOT NULL,
    delegate TEXT NOT NULL,
    receive_copies INTEGER NOT NULL,
    view_private INTEGER NOT NULL,
    PRIMARY KEY (mailbox, delegate)
) /* clustered */;

CREATE INDEX delegates_by_delegate ON delegates (delegate);

-- Whether requests for meetings go to the owner, the delegates, or both.
CREATE TABLE meeting_delivery (
    mailbox TEXT NOT NULL PRIMARY KEY,
    deliver TEXT NOT NULL
);
