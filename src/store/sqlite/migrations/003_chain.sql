-- Login by an authority (X509_CERTIFICATE_CHAIN). Hash of the subject of the profile's authority (pki/chain.h), by which a
-- device's certificate finds it; NULL: the profile has none.
ALTER TABLE profile ADD COLUMN authority_subject INTEGER;
CREATE INDEX profile_by_authority_subject ON profile (authority_subject) WHERE authority_subject IS NOT NULL;

-- Certificates that a device had and has no more: its authority does not bring them back. Only those with the latest
-- notBefore are kept, what is older than that is refused by its date.
CREATE TABLE retired_leaf (
    device         INTEGER NOT NULL REFERENCES device ON DELETE CASCADE,
    credentials_id TEXT NOT NULL,
    not_before_ms  INTEGER NOT NULL,
    PRIMARY KEY (device, credentials_id)
) STRICT, WITHOUT ROWID;
