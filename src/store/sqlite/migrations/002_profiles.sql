-- What a profile's data says and others look for; the data itself stays in profile_data.
-- transport, provision_type: enum profile_transport, enum provision_type.
ALTER TABLE profile ADD COLUMN transport INTEGER NOT NULL DEFAULT 0;
ALTER TABLE profile ADD COLUMN provision_type INTEGER NOT NULL DEFAULT 0;
ALTER TABLE profile ADD COLUMN provision_key TEXT; -- NULL: none
ALTER TABLE profile ADD COLUMN firmware_id BLOB CHECK (length(firmware_id) = 16);
ALTER TABLE profile ADD COLUMN software_id BLOB CHECK (length(software_id) = 16);
CREATE UNIQUE INDEX profile_by_provision_key ON profile (provision_key);
