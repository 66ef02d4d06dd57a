-- Publications that outlive the endpoint which made them. Instants are microseconds since 1970 in UTC.
CREATE TABLE publications (
    owner TEXT NOT NULL,
    category TEXT NOT NULL,
    instance BIGINT NOT NULL,
    container BIGINT NOT NULL,
    version BIGINT NOT NULL,
    published BIGINT NOT NULL,
    expire_type TEXT NOT NULL,
    expires BIGINT,
    content TEXT NOT NULL,
    value BYTEA,
    PRIMARY KEY (owner, category, instance, container)
);

-- Containers that an owner changed; the others are as they are for everyone at first.
CREATE TABLE presence_containers (
    owner TEXT NOT NULL,
    container BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (owner, container)
);

CREATE TABLE presence_members (
    owner TEXT NOT NULL,
    container BIGINT NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (owner, container, kind, value)
);

-- People who added the owner to their contact lists.
CREATE TABLE presence_subscribers (
    owner TEXT NOT NULL,
    subscriber TEXT NOT NULL,
    display_name TEXT NOT NULL,
    acknowledged BIGINT NOT NULL,
    source TEXT NOT NULL,
    PRIMARY KEY (owner, subscriber)
);
