-- Packages of firmware and software; what is uploaded lies in files (package_files.h).
-- type, checksum_algorithm: enum ota_type, enum checksum_algorithm.
CREATE TABLE ota_package (
    number             INTEGER PRIMARY KEY,
    id                 BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    tenant             INTEGER NOT NULL REFERENCES tenant ON DELETE CASCADE,
    profile            INTEGER REFERENCES profile ON DELETE CASCADE, -- NULL: for devices of any
    created_ms         INTEGER NOT NULL,
    version            INTEGER NOT NULL, -- of the record
    type               INTEGER NOT NULL,
    title              TEXT NOT NULL,
    package_version    TEXT NOT NULL,
    tag                TEXT NOT NULL,
    url                TEXT,             -- NULL: uploaded, or to be uploaded
    file_name          TEXT NOT NULL,
    content_type       TEXT NOT NULL,
    checksum_algorithm INTEGER NOT NULL, -- 0: none
    checksum           TEXT NOT NULL,
    data_size          INTEGER NOT NULL, -- 0: not known, or not uploaded yet
    additional_info    TEXT,             -- JSON object
    UNIQUE (tenant, type, title, package_version)
) STRICT;
CREATE INDEX ota_package_of_profile ON ota_package (profile);

-- What a device is to install; NULL: what its profile says.
ALTER TABLE device ADD COLUMN firmware_id BLOB REFERENCES ota_package (id);
ALTER TABLE device ADD COLUMN software_id BLOB REFERENCES ota_package (id);
CREATE INDEX device_of_firmware ON device (firmware_id) WHERE firmware_id IS NOT NULL;
CREATE INDEX device_of_software ON device (software_id) WHERE software_id IS NOT NULL;

-- Devices that are still to be told what to install, or that there is nothing any more: one device, or those of a
-- profile from next_device on that have no package of their own. Kept here, so that a crash forgets none.
CREATE TABLE ota_notice (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    type        INTEGER NOT NULL,
    device      INTEGER REFERENCES device ON DELETE CASCADE,
    profile     INTEGER REFERENCES profile ON DELETE CASCADE,
    created_ms  INTEGER NOT NULL DEFAULT (CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)),
    next_device INTEGER NOT NULL DEFAULT 0,
    UNIQUE (device, type),
    UNIQUE (profile, type),
    CHECK ((device IS NULL) <> (profile IS NULL))
) STRICT;

-- Whoever writes an assignment leaves the notice with it. A later one replaces an earlier one, also while that is
-- being worked on.
CREATE TRIGGER device_firmware_made AFTER INSERT ON device
WHEN new.firmware_id IS NOT NULL OR (SELECT firmware_id FROM profile WHERE number = new.profile) IS NOT NULL BEGIN
    INSERT INTO ota_notice (type, device) VALUES (1, new.number);
END;
CREATE TRIGGER device_software_made AFTER INSERT ON device
WHEN new.software_id IS NOT NULL OR (SELECT software_id FROM profile WHERE number = new.profile) IS NOT NULL BEGIN
    INSERT INTO ota_notice (type, device) VALUES (2, new.number);
END;
CREATE TRIGGER device_firmware_changed AFTER UPDATE OF firmware_id, profile ON device
WHEN old.firmware_id IS NOT new.firmware_id OR old.profile <> new.profile BEGIN
    DELETE FROM ota_notice WHERE device = new.number AND type = 1;
    INSERT INTO ota_notice (type, device) VALUES (1, new.number);
END;
CREATE TRIGGER device_software_changed AFTER UPDATE OF software_id, profile ON device
WHEN old.software_id IS NOT new.software_id OR old.profile <> new.profile BEGIN
    DELETE FROM ota_notice WHERE device = new.number AND type = 2;
    INSERT INTO ota_notice (type, device) VALUES (2, new.number);
END;
CREATE TRIGGER profile_firmware_changed AFTER UPDATE OF firmware_id ON profile
WHEN old.firmware_id IS NOT new.firmware_id BEGIN
    DELETE FROM ota_notice WHERE profile = new.number AND type = 1;
    INSERT INTO ota_notice (type, profile) VALUES (1, new.number);
END;
CREATE TRIGGER profile_software_changed AFTER UPDATE OF software_id ON profile
WHEN old.software_id IS NOT new.software_id BEGIN
    DELETE FROM ota_notice WHERE profile = new.number AND type = 2;
    INSERT INTO ota_notice (type, profile) VALUES (2, new.number);
END;
