-- More than one tenant, logins that can be told apart, and keys by which machines log in.
ALTER TABLE tenant ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE login ADD COLUMN address TEXT NOT NULL DEFAULT ''; -- where it was opened from
ALTER TABLE user ADD COLUMN phone TEXT NOT NULL DEFAULT '';
CREATE INDEX user_by_email ON user (tenant, email_key);

-- scopes: a bit for each enum api_scope.
CREATE TABLE api_key (
    number      INTEGER PRIMARY KEY,
    id          BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    user        INTEGER NOT NULL REFERENCES user ON DELETE CASCADE,
    created_ms  INTEGER NOT NULL,
    expires_ms  INTEGER NOT NULL, -- 0: never
    scopes      INTEGER NOT NULL,
    is_enabled  INTEGER NOT NULL CHECK (is_enabled IN (0, 1)),
    description TEXT NOT NULL,
    secret_hash BLOB NOT NULL UNIQUE CHECK (length(secret_hash) = 32)
) STRICT;
CREATE INDEX api_key_of_user ON api_key (user, number);
