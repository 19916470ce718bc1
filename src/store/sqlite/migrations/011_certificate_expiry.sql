ALTER TABLE credentials ADD COLUMN not_after_ms INTEGER; -- of the certificate; NULL: there is none
UPDATE credentials SET not_after_ms = not_after(value) WHERE type = 2;
CREATE INDEX credentials_by_expiry ON credentials (not_after_ms, device) WHERE not_after_ms IS NOT NULL;
