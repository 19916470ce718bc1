-- How long devices' points are kept, seconds; what profile_data says as telemetryTtlSeconds. 0: for ever; NULL: it says nothing.
ALTER TABLE profile ADD COLUMN telemetry_ttl INTEGER CHECK (telemetry_ttl >= 0);
CREATE INDEX profile_by_telemetry_ttl ON profile (telemetry_ttl) WHERE telemetry_ttl IS NOT NULL;
