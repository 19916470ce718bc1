-- Who uses some of a tenant's devices. device.customer_id and user.customer_id name rows of this table; the writes that
-- set them check that.
CREATE TABLE customer (
    number     INTEGER PRIMARY KEY,
    id         BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    tenant     INTEGER NOT NULL REFERENCES tenant ON DELETE CASCADE,
    created_ms INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    title      TEXT NOT NULL,
    UNIQUE (tenant, title)
) STRICT;
CREATE INDEX device_of_customer ON device (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX user_of_customer ON user (customer_id) WHERE customer_id IS NOT NULL;

-- Links by which users set their first password: one for each, of which only a hash is kept.
CREATE TABLE activation (
    user       INTEGER PRIMARY KEY REFERENCES user ON DELETE CASCADE,
    token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    expires_ms INTEGER NOT NULL
) STRICT;
