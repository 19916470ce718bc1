-- Who did what, when and from where. Kept apart from what it tells of, which may be gone: ids and names, no references.
CREATE TABLE audit (
    number      INTEGER PRIMARY KEY AUTOINCREMENT, -- the oldest go first
    id          BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    created_ms  INTEGER NOT NULL,
    tenant_id   BLOB CHECK (length(tenant_id) = 16),   -- NULL: of the installation
    customer_id BLOB CHECK (length(customer_id) = 16), -- the user's; NULL: nobody's
    user_id     BLOB CHECK (length(user_id) = 16),     -- NULL: a shell on the server's machine, or nobody known
    user_name   TEXT NOT NULL,
    address     TEXT NOT NULL,
    action      TEXT NOT NULL,
    entity_type TEXT NOT NULL,
    entity_id   BLOB CHECK (length(entity_id) = 16),
    entity_name TEXT NOT NULL,
    data        TEXT NOT NULL, -- JSON object
    failure     TEXT           -- NULL: it succeeded
) STRICT;
CREATE INDEX audit_of_tenant ON audit (tenant_id, created_ms, number);
CREATE INDEX audit_of_entity ON audit (entity_id, created_ms, number) WHERE entity_id IS NOT NULL;
CREATE INDEX audit_of_user ON audit (user_id, created_ms, number) WHERE user_id IS NOT NULL;
CREATE INDEX audit_of_customer ON audit (customer_id, created_ms, number) WHERE customer_id IS NOT NULL;
