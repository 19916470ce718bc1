-- Where tenants have telemetry and lifecycle events sent. kinds: a bit for each enum forward_kind.
CREATE TABLE forwarding (
    number     INTEGER PRIMARY KEY AUTOINCREMENT, -- names its queue: never used twice
    id         BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    tenant     INTEGER NOT NULL REFERENCES tenant ON DELETE CASCADE,
    profile_id BLOB CHECK (length(profile_id) = 16), -- NULL: of all; one that is gone matches no device
    created_ms INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    kinds      INTEGER NOT NULL,
    is_enabled INTEGER NOT NULL CHECK (is_enabled IN (0, 1)),
    name       TEXT NOT NULL,
    url        TEXT NOT NULL,
    secret     TEXT NOT NULL,
    UNIQUE (tenant, name)
) STRICT;

-- What happened to devices, until it stands in the queues. news: enum device_news. Written only where a tenant has
-- forwarding; what it says of the device is kept here, because a deleted one cannot be asked.
CREATE TABLE device_notice (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    news         INTEGER NOT NULL,
    created_ms   INTEGER NOT NULL DEFAULT (CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)),
    device       INTEGER NOT NULL,
    device_id    BLOB NOT NULL CHECK (length(device_id) = 16),
    tenant       INTEGER NOT NULL REFERENCES tenant ON DELETE CASCADE,
    profile_id   BLOB CHECK (length(profile_id) = 16),
    name         TEXT NOT NULL,
    profile_name TEXT NOT NULL
) STRICT;
CREATE INDEX device_notice_of_tenant ON device_notice (tenant);

CREATE TRIGGER device_made_notice AFTER INSERT ON device
WHEN EXISTS (SELECT 1 FROM forwarding WHERE tenant = new.tenant) BEGIN
    INSERT INTO device_notice (news, device, device_id, tenant, profile_id, name, profile_name)
    VALUES (1, new.number, new.id, new.tenant, (SELECT id FROM profile WHERE number = new.profile), new.name, new.type);
END;
CREATE TRIGGER device_changed_notice AFTER UPDATE OF name, type, profile, label, customer_id, additional_info ON device
WHEN (old.name <> new.name OR old.type <> new.type OR old.profile <> new.profile OR old.label <> new.label
    OR old.customer_id IS NOT new.customer_id OR old.additional_info IS NOT new.additional_info)
    AND EXISTS (SELECT 1 FROM forwarding WHERE tenant = new.tenant) BEGIN
    INSERT INTO device_notice (news, device, device_id, tenant, profile_id, name, profile_name)
    VALUES (2, new.number, new.id, new.tenant, (SELECT id FROM profile WHERE number = new.profile), new.name, new.type);
END;
CREATE TRIGGER device_gone_notice AFTER DELETE ON device
WHEN EXISTS (SELECT 1 FROM forwarding f JOIN tenant t ON t.number = f.tenant WHERE f.tenant = old.tenant) BEGIN
    INSERT INTO device_notice (news, device, device_id, tenant, profile_id, name, profile_name)
    VALUES (3, old.number, old.id, old.tenant, (SELECT id FROM profile WHERE number = old.profile), old.name, old.type);
END;
CREATE TRIGGER credentials_changed_notice AFTER UPDATE OF type, credentials_id, value ON credentials
WHEN (old.type <> new.type OR old.credentials_id <> new.credentials_id OR old.value IS NOT new.value)
    AND EXISTS (SELECT 1 FROM forwarding f JOIN device d ON d.tenant = f.tenant WHERE d.number = new.device) BEGIN
    INSERT INTO device_notice (news, device, device_id, tenant, profile_id, name, profile_name)
    SELECT 4, d.number, d.id, d.tenant, (SELECT id FROM profile WHERE number = d.profile), d.name, d.type
    FROM device d WHERE d.number = new.device;
END;
