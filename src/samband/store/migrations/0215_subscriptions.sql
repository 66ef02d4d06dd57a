-- Subscriptions over UDP, which no connection ends, by our tag. expires: seconds since 1970; subscription: the rest.
CREATE TABLE subscriptions_kept (
    id TEXT PRIMARY KEY,
    expires BIGINT NOT NULL,
    subscription BYTEA NOT NULL
);
