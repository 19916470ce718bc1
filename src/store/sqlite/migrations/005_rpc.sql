-- Calls to devices that outlive the server. status: enum rpc_status.
CREATE TABLE rpc (
    number          INTEGER PRIMARY KEY AUTOINCREMENT, -- messages on their way carry it
    id              BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    device          INTEGER NOT NULL REFERENCES device ON DELETE CASCADE,
    request_id      INTEGER NOT NULL,
    created_ms      INTEGER NOT NULL,
    expires_ms      INTEGER NOT NULL,
    timeout_ms      INTEGER NOT NULL,
    retries         INTEGER NOT NULL,
    is_one_way      INTEGER NOT NULL,
    status          INTEGER NOT NULL,
    is_open         INTEGER NOT NULL, -- 1: there is something to be done yet
    request         TEXT NOT NULL,
    response        TEXT,
    additional_info TEXT
) STRICT;
CREATE INDEX rpc_of_device ON rpc (device, number);
CREATE INDEX rpc_open_of_device ON rpc (device, number) WHERE is_open = 1;
CREATE INDEX rpc_open_expiry ON rpc (expires_ms) WHERE is_open = 1;
CREATE INDEX rpc_done ON rpc (created_ms) WHERE is_open = 0;
