-- Rows refer to each other by small numbers; the UUIDs are the names the outside knows. Times are
-- milliseconds since 1970, UTC. fold() is text without case (fold.h).

CREATE TABLE secret (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE tenant (
    number     INTEGER PRIMARY KEY,
    id         BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    created_ms INTEGER NOT NULL,
    title      TEXT NOT NULL
) STRICT;

CREATE TABLE user (
    number        INTEGER PRIMARY KEY,
    id            BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    tenant        INTEGER REFERENCES tenant ON DELETE CASCADE, -- NULL: of the installation
    customer_id   BLOB CHECK (length(customer_id) = 16),       -- NULL: nobody's
    created_ms    INTEGER NOT NULL,
    version       INTEGER NOT NULL,
    authority     INTEGER NOT NULL,
    email         TEXT NOT NULL,
    email_key     TEXT NOT NULL UNIQUE, -- fold(email)
    first_name    TEXT NOT NULL,
    last_name     TEXT NOT NULL,
    password_hash TEXT NOT NULL
) STRICT;
CREATE INDEX user_of_tenant ON user (tenant);

CREATE TABLE login (
    id         BLOB PRIMARY KEY CHECK (length(id) = 16),
    user       INTEGER NOT NULL REFERENCES user ON DELETE CASCADE,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX login_of_user ON login (user);
CREATE INDEX login_by_expiry ON login (expires_ms);

CREATE TABLE profile (
    number       INTEGER PRIMARY KEY,
    id           BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    tenant       INTEGER NOT NULL REFERENCES tenant ON DELETE CASCADE,
    created_ms   INTEGER NOT NULL,
    version      INTEGER NOT NULL,
    name         TEXT NOT NULL,
    description  TEXT NOT NULL,
    is_default   INTEGER NOT NULL CHECK (is_default IN (0, 1)),
    profile_data TEXT, -- JSON; NULL: the default configuration
    UNIQUE (tenant, name)
) STRICT;
CREATE UNIQUE INDEX profile_default ON profile (tenant) WHERE is_default = 1;

CREATE TABLE device (
    number          INTEGER PRIMARY KEY AUTOINCREMENT, -- key of its series: never used twice
    id              BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    tenant          INTEGER NOT NULL REFERENCES tenant ON DELETE CASCADE,
    customer_id     BLOB CHECK (length(customer_id) = 16), -- NULL: nobody's
    profile         INTEGER NOT NULL REFERENCES profile,
    type            TEXT NOT NULL, -- the profile's name, here for its index
    created_ms      INTEGER NOT NULL,
    version         INTEGER NOT NULL,
    name            TEXT NOT NULL,
    label           TEXT NOT NULL,
    additional_info TEXT,          -- JSON object
    search          TEXT NOT NULL, -- fold(name, label and type, each on its line)
    UNIQUE (tenant, name)
) STRICT;
-- A list walks the index of its order until the page is full. The number after the sorted column makes the
-- index the whole order; profile and customer are in it so that devices filtered out cost no look-up.
-- device_by_name also answers a search and, by starting with the folded name, sorts by name without case.
CREATE INDEX device_by_name ON device (tenant, search, number, profile, customer_id);
CREATE INDEX device_by_created ON device (tenant, created_ms, number, profile, customer_id);
CREATE INDEX device_by_type ON device (tenant, type COLLATE NOCASE, number, profile, customer_id);
CREATE INDEX device_by_label ON device (tenant, label COLLATE NOCASE, number, profile, customer_id);
CREATE INDEX device_of_profile ON device (profile);

-- Parts of names, for searches of three and more characters that occur in few devices.
CREATE VIRTUAL TABLE device_search USING fts5 (
    search, content = 'device', content_rowid = 'number', tokenize = 'trigram case_sensitive 1'
);
CREATE TRIGGER device_search_add AFTER INSERT ON device BEGIN
    INSERT INTO device_search (rowid, search) VALUES (new.number, new.search);
END;
CREATE TRIGGER device_search_remove AFTER DELETE ON device BEGIN
    INSERT INTO device_search (device_search, rowid, search) VALUES ('delete', old.number, old.search);
END;
CREATE TRIGGER device_search_change AFTER UPDATE OF search ON device WHEN old.search <> new.search BEGIN
    INSERT INTO device_search (device_search, rowid, search) VALUES ('delete', old.number, old.search);
    INSERT INTO device_search (rowid, search) VALUES (new.number, new.search);
END;

CREATE TABLE credentials (
    number         INTEGER PRIMARY KEY,
    id             BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    device         INTEGER NOT NULL UNIQUE REFERENCES device ON DELETE CASCADE,
    created_ms     INTEGER NOT NULL,
    version        INTEGER NOT NULL,
    type           INTEGER NOT NULL,
    credentials_id TEXT NOT NULL UNIQUE,
    value          TEXT
) STRICT;

-- Devices deleted here whose series are still to be deleted.
CREATE TABLE deleted_device (
    number INTEGER PRIMARY KEY
) STRICT;

CREATE TABLE entity_group (
    number            INTEGER PRIMARY KEY,
    id                BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    tenant            INTEGER NOT NULL REFERENCES tenant ON DELETE CASCADE,
    owner_id          BLOB NOT NULL CHECK (length(owner_id) = 16),
    owner_is_customer INTEGER NOT NULL CHECK (owner_is_customer IN (0, 1)),
    is_all            INTEGER NOT NULL CHECK (is_all IN (0, 1)),
    created_ms        INTEGER NOT NULL,
    version           INTEGER NOT NULL,
    name              TEXT NOT NULL,
    UNIQUE (tenant, owner_id, name)
) STRICT;
CREATE UNIQUE INDEX entity_group_all ON entity_group (owner_id) WHERE is_all = 1;
