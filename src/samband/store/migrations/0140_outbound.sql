-- Mail on its way out of the organisation. Instants are seconds since 1970. content is the packed item, as the content
-- of an item attachment is, or a blob where it is large. sender is the envelope's, empty for a report.
CREATE TABLE outbound_messages (
    id BIGINT PRIMARY KEY,
    sender TEXT NOT NULL,
    envelope_id TEXT NOT NULL,
    ret TEXT NOT NULL,
    subject TEXT NOT NULL,
    created BIGINT NOT NULL,
    blob TEXT NOT NULL,
    content BYTEA
);

-- Who has not got it yet. claimed_until: a server is sending to them (claimed_by) until then.
CREATE TABLE outbound_recipients (
    message BIGINT NOT NULL,
    place BIGINT NOT NULL,
    address TEXT NOT NULL,
    domain TEXT NOT NULL,
    notify TEXT NOT NULL,
    original TEXT NOT NULL,
    created BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    next_attempt BIGINT NOT NULL,
    delay_told BIGINT NOT NULL,
    last_reply TEXT NOT NULL,
    claimed_by TEXT NOT NULL,
    claimed_until BIGINT NOT NULL,
    PRIMARY KEY (message, place)
) /* clustered */;

CREATE INDEX outbound_recipients_by_time ON outbound_recipients (next_attempt, claimed_until);
CREATE INDEX outbound_recipients_by_domain ON outbound_recipients (domain, next_attempt);
