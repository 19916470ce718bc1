/*
 * The one table of settings. Included several times (no include guard), each time with other meanings of the
 * macros: it makes the fields of `struct settings`, the parser, the default postern.ini and the help listing.
 *
 * To add a setting, add a row. Defaults are text and go through the same parser as what an operator writes.
 *
 *   SECTION(section, help)  ...rows...  SECTION_END(section)
 *   ADDRESS(section, name, default, when, help)                           struct listen_address
 *   HOST   (section, name, default, when, help)                           char *, never NULL
 *   TEXT   (section, name, default, when, help)                           char *, never NULL
 *   BOOL   (section, name, default, when, help)                           bool
 *   CHOICE (section, name, enum type, choices, default, when, help)       the enum, in the order of choices
 *   NUMBER (section, name, least, most, default, unit, when, help)        uint32_t
 *   SIZE   (section, name, least, most, default, when, help)              uint32_t, bytes
 *
 * when: RELOAD = SIGHUP takes it over, RESTART = the next start does.
 */

SECTION(mqtt, "MQTT listeners and what one client may ask for.")
ADDRESS(mqtt, tls_listen, "0.0.0.0:8883", RESTART, "MQTT over TLS: host:port; empty switches it off.")
ADDRESS(mqtt, listen, "", RESTART, "MQTT without encryption: host:port; empty switches it off.")
SIZE(mqtt, max_packet, 256, 256u << 20, "256 KiB", RESTART, "Largest MQTT packet a client may send.")
SIZE(mqtt, max_payload, 64, 256u << 20, "64 KiB", RESTART, "Largest payload of one publish.")
SIZE(mqtt, max_topic, 64, 65535, "1 KiB", RESTART, "Longest topic name or filter.")
NUMBER(mqtt, max_keep_alive, 0, 65535, "0", "s", RESTART,
       "Longest keep-alive granted; 0 leaves it to the client.")
NUMBER(mqtt, max_inflight, 1, 65535, "64", "messages", RESTART,
       "Unacknowledged QoS 1 and 2 messages of one connection, each way.")
NUMBER(mqtt, max_subscriptions, 1, 65535, "32", "subscriptions", RESTART, "Subscriptions of one session.")
NUMBER(mqtt, max_session_expiry, 0, UINT32_MAX, "86400", "s", RESTART,
       "How long a session is kept for a client that has gone.")
NUMBER(mqtt, max_kept_sessions, 1, 1000000, "16", "sessions", RESTART,
       "Sessions that one device may leave behind to return to; the oldest make room for new ones.")
NUMBER(mqtt, max_queued, 0, 1000000, "100", "messages", RESTART,
       "Messages queued for one session whose client has gone.")
NUMBER(mqtt, max_gateway_devices, 1, 1000000, "10000", "devices", RESTART,
       "Devices that one connection of a gateway may carry at a time.")
NUMBER(mqtt, connect_timeout, 1, 3600, "10", "s", RESTART,
       "Time for a new connection to send its CONNECT packet.")
SECTION_END(mqtt)

SECTION(http, "REST, WebSocket and the page.")
ADDRESS(http, listen, "127.0.0.1:8080", RESTART, "HTTP without encryption: host:port; empty switches it off.")
ADDRESS(http, tls_listen, "0.0.0.0:8443", RESTART, "HTTPS: host:port; empty switches it off.")
HOST(http, public_host, "", RESTART,
     "Host name in the commands shown to users; empty takes the one they typed in the browser.")
SIZE(http, max_body, 1024, 1u << 30, "1 MiB", RESTART, "Largest body of a request.")
SIZE(http, max_import, 1024, 1u << 30, "64 MiB", RESTART,
     "Largest table of devices that is imported, be it as text/csv or in a document.")
BOOL(http, client_certificates, "true", RESTART,
     "HTTPS asks for a client certificate, by which devices are known as /api/v1/me; browsers that have one "
     "may ask their user.")
NUMBER(http, max_poll, 1, 3600, "300", "s", RESTART, "Longest wait of a device's long poll.")
NUMBER(http, polls_per_device, 1, 1000, "4", "polls", RESTART, "Long polls of one device at once.")
NUMBER(http, poll_gap, 0, 3600, "60", "s", RESTART,
       "Time after a device's long poll in which changes and calls are kept for its next one.")
NUMBER(http, workers, 1, 64, "4", "threads", RESTART, "Threads for queries, password hashing and signing.")
SECTION_END(http)

SECTION(tls, "TLS of all listeners.")
TEXT(tls, certificate, "", RESTART,
     "PEM file of the server's certificate and its chain; empty takes server.pem of the data directory. Its "
     "content is read again on SIGHUP.")
TEXT(tls, key, "", RESTART,
     "PEM file of the server's private key; empty takes server.key of the data directory. Its content is "
     "read again on SIGHUP.")
CHOICE(tls, records, enum settings_tls_records, SETTINGS_TLS_RECORDS_NAMES, "own", RESTART,
       "Who carries TLS 1.3 connections after the handshake: this program, or the OpenSSL library.")
CHOICE(tls, min_version, enum settings_tls_version, SETTINGS_TLS_VERSION_NAMES, "1.2", RESTART,
       "Oldest TLS version accepted.")
BOOL(tls, allow_expired, "false", RESTART, "Accept registered device certificates out of their validity.")
NUMBER(tls, min_rsa_bits, 1024, 16384, "2048", "bits", RESTART,
       "Smallest RSA key accepted in a device certificate.")
NUMBER(tls, max_chain, 1, 10, "4", "certificates", RESTART,
       "Longest chain that a device may present to log in by the authority of its profile, its own "
       "certificate included.")
BOOL(tls, tickets, "true", RESTART, "Let clients resume TLS sessions, which makes a login cheaper.")
NUMBER(tls, ticket_store, 1, 100000000, "200000", "entries", RESTART, "TLS sessions remembered.")
NUMBER(tls, ticket_lifetime, 1, 604800, "7200", "s", RESTART, "How long a TLS session may be resumed.")
SECTION_END(tls)

SECTION(telemetry, "What devices send.")
NUMBER(telemetry, max_keys, 1, 1000000, "1000", "keys", RESTART,
       "Keys in one message; in a gateway's message, of each device.")
NUMBER(telemetry, max_devices, 1, 1000000, "1000", "devices", RESTART, "Devices in one message of a gateway.")
NUMBER(telemetry, ttl, 0, UINT32_MAX, "0", "s", RESTART,
       "How long points are kept, by their own time, unless the device's profile says otherwise; 0 keeps "
       "them for "
       "ever.")
BOOL(telemetry, type_cast, "true", RESTART, "Store text that reads as a number (\"25\") as that number.")
SECTION_END(telemetry)

SECTION(provision, "Devices that register themselves.")
NUMBER(provision, per_address, 1, 1000000, "600", "a minute", RESTART, "Provision requests of one address.")
NUMBER(provision, per_key, 1, 1000000, "6000", "a minute", RESTART,
       "Provision requests for one profile's key.")
NUMBER(provision, idle_timeout, 1, 3600, "60", "s", RESTART,
       "How long a connection that only registers devices stays after its last answer.")
SECTION_END(provision)

SECTION(claim, "Devices that let a customer take them.")
BOOL(claim, allowed, "true", RESTART, "Whether devices may be claimed.")
NUMBER(claim, duration, 1, 4000000000u, "86400000", "ms", RESTART,
       "Time for which a device may be claimed unless it says less.")
NUMBER(claim, max_open, 1, 100000000, "100000", "devices", RESTART, "Devices that wait to be claimed.")
NUMBER(claim, per_device, 1, 1000000, "10", "a minute", RESTART, "Claims of one device in vain.")
NUMBER(claim, per_user, 1, 1000000, "60", "a minute", RESTART, "Claims of one user in vain.")
SECTION_END(claim)

SECTION(presence, "Who is active.")
NUMBER(presence, inactivity_timeout, 1, 31536000, "600", "s", RESTART,
       "Silence after which a device counts as inactive, unless its profile or its attribute "
       "inactivityTimeout says otherwise.")
SECTION_END(presence)

SECTION(events, "What is kept of logins, refusals and bad messages, for people to read.")
NUMBER(events, per_device, 1, 100000, "100", "events", RESTART, "Newest events kept of each device.")
NUMBER(events, door_log, 1, 100000, "1000", "events", RESTART,
       "Newest refusals kept of clients that are no device.")
SECTION_END(events)
SECTION(ota, "Packages of firmware and software.")
SIZE(ota, max_package, 1024, 2048u << 20, "256 MiB", RESTART, "Largest file of a package.")
SIZE(ota, max_chunk, 1024, 960u << 10, "512 KiB", RESTART,
     "Largest piece of a file that a device is sent over MQTT at once, also if it asks for the whole.")
SECTION_END(ota)

SECTION(rpc, "Calls to devices, and theirs.")
NUMBER(rpc, default_timeout, 1, 86400000, "10000", "ms", RESTART,
       "Time for a device to answer a call that does not say.")
NUMBER(rpc, min_timeout, 1, 86400000, "5000", "ms", RESTART, "Least time a call gives a device.")
NUMBER(rpc, max_pending, 1, 10000000, "10000", "calls", RESTART, "Calls waiting for devices.")
NUMBER(rpc, max_pending_per_device, 1, 10000000, "1000", "calls", RESTART, "Calls waiting for one device.")
NUMBER(rpc, max_persistent, 1, 10000000, "1000", "calls", RESTART,
       "Persistent calls kept for one device that have not come to an end.")
NUMBER(rpc, keep_days, 1, 36500, "30", "days", RESTART,
       "How long persistent calls that have come to an end can be looked up.")
TEXT(rpc, webhook_url, "", RESTART,
     "Where calls of devices are sent that the platform does not answer itself: http:// or https://; empty "
     "answers "
     "them with an error.")
NUMBER(rpc, webhook_timeout, 1, 60000, "5000", "ms", RESTART, "Time for the webhook to answer.")
NUMBER(rpc, webhook_threads, 1, 64, "4", "threads", RESTART, "Calls that the webhook is asked at once.")
SECTION_END(rpc)

SECTION(forward, "Telemetry and lifecycle events that tenants have sent to endpoints of theirs.")
BOOL(forward, allow_http, "false", RESTART, "Whether an endpoint may be http://, without encryption.")
BOOL(forward, allow_private, "false", RESTART,
     "Whether an endpoint may have a private, loopback or link-local address.")
TEXT(forward, ca_file, "", RESTART,
     "PEM file of the authorities that endpoints' certificates are checked against; empty takes the "
     "system's.")
SIZE(forward, max_queued, 4096, 1u << 30, "64 MiB", RESTART,
     "What waits on disk for one endpoint; beyond that the oldest events are dropped.")
SIZE(forward, max_backlog, 4096, 1u << 30, "64 MiB", RESTART,
     "What waits on disk to be sorted into the endpoints' queues; beyond that the oldest is dropped.")
NUMBER(forward, max_age, 1, 31536000, "86400", "s", RESTART,
       "Age at which an event that could not be delivered is dropped.")
NUMBER(forward, max_events, 1, 10000, "500", "events", RESTART, "Events in one request.")
SIZE(forward, max_request, 1024, 16u << 20, "1 MiB", RESTART,
     "Body of one request; a single event may be larger.")
NUMBER(forward, timeout, 1, 300, "10", "s", RESTART, "Time for an endpoint to answer a request.")
NUMBER(forward, max_delay, 1, 3600, "300", "s", RESTART,
       "Longest pause before a request that failed is sent again; the first is a second, each further one "
       "twice as long.")
SECTION_END(forward)

SECTION(json, "JSON from devices.")
NUMBER(json, max_depth, 1, 1024, "64", "levels", RESTART, "Deepest nesting of objects and arrays.")
SECTION_END(json)

SECTION(net, "Connections of devices.")
NUMBER(net, reactors, 0, 1024, "0", "threads", RESTART, "Network threads; 0 takes one for each core.")
NUMBER(net, max_connections, 1, 100000000, "1000000", "connections", RESTART, "Connections of the process.")
NUMBER(net, max_per_address, 0, 100000000, "0", "connections", RESTART,
       "Connections of one remote address; 0 sets no limit.")
NUMBER(net, max_handshakes, 1, 1000000, "1000", "handshakes", RESTART,
       "TLS handshakes in progress on one network thread.")
NUMBER(net, max_handshakes_per_address, 1, 1000000, "250", "handshakes", RESTART,
       "TLS handshakes in progress from one remote address, so that one peer cannot keep the others out.")
NUMBER(net, handshake_timeout, 1, 3600, "10", "s", RESTART, "Time for a TLS handshake.")
SECTION_END(net)

SECTION(auth, "Logins of people.")
NUMBER(auth, token_ttl, 1, 31536000, "9000", "s", RESTART, "How long an access token is valid.")
NUMBER(auth, refresh_ttl, 1, 31536000, "604800", "s", RESTART, "How long a refresh token is valid.")
NUMBER(auth, login_attempts, 1, 1000000, "5", "failures", RESTART,
       "Failed logins of one account before each further one is answered more slowly.")
NUMBER(auth, login_attempts_per_address, 1, 1000000, "50", "failures", RESTART,
       "Failed logins from one address before each further one is answered more slowly.")
NUMBER(auth, password_min_length, 6, 72, "8", "characters", RESTART, "Shortest new password.")
NUMBER(auth, password_min_digits, 0, 8, "0", "digits", RESTART, "Digits that a new password needs.")
NUMBER(auth, password_min_upper_case, 0, 8, "0", "letters", RESTART, "Capitals that a new password needs.")
NUMBER(auth, password_min_lower_case, 0, 8, "0", "letters", RESTART,
       "Small letters that a new password needs.")
NUMBER(auth, password_min_special, 0, 8, "0", "characters", RESTART,
       "Characters that are neither letters nor digits, and that a new password needs.")
NUMBER(auth, link_ttl, 60, 31536000, "86400", "s", RESTART,
       "How long a link by which a user sets a password is valid.")
SECTION_END(auth)

SECTION(audit, "The log of who changed what.")
NUMBER(audit, keep_days, 1, 36500, "365", "days", RESTART, "How long entries are kept.")
NUMBER(audit, max_entries, 100, 100000000, "1000000", "entries", RESTART,
       "Entries that are kept; the oldest make room.")
SECTION_END(audit)

SECTION(live, "Pages and scripts that watch devices over a WebSocket.")
NUMBER(live, auth_timeout, 1, 3600, "10", "s", RESTART, "Time for a new socket to log in.")
NUMBER(live, max_sockets, 1, 4000, "1000", "sockets", RESTART, "Sockets of the whole server.")
NUMBER(live, max_sockets_per_user, 1, 4000, "300", "sockets", RESTART, "Sockets of one user.")
NUMBER(live, max_subscriptions, 1, 100000, "1000", "devices", RESTART,
       "Devices that one socket watches, counted once for each subscription.")
NUMBER(live, max_keys, 1, 10000000, "20000", "keys", RESTART, "Keys of devices that one socket is shown.")
SIZE(live, max_message, 1024, 16u << 20, "256 KiB", RESTART, "Largest message that a client may send.")
SIZE(live, max_queued, 65536, 256u << 20, "1 MiB", RESTART,
     "What waits for a client that reads slowly; it is closed when it would be more.")
SECTION_END(live)

SECTION(log, "What is reported on standard error.")
CHOICE(log, level, enum log_level, SETTINGS_LOG_LEVEL_NAMES, "info", RELOAD, "Least level that is reported.")
CHOICE(log, format, enum log_format, SETTINGS_LOG_FORMAT_NAMES, "auto", RESTART,
       "auto writes text on a terminal and one JSON object a line otherwise.")
SECTION_END(log)
