-- Who is in no address list.
ALTER TABLE people ADD COLUMN msExchHideFromAddressLists BIGINT NOT NULL DEFAULT 0;
