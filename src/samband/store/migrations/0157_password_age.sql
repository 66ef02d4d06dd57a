-- When each password was set, in seconds since 1970; 0: before that was written down.
ALTER TABLE secrets ADD COLUMN set_at BIGINT NOT NULL DEFAULT 0;
