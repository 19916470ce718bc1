/**
 * @file connection.h - one device's connection: socket <-> TLS <-> MQTT session. Bytes only; what they mean to the
 * platform is net/client.h.
 *
 * Phases: OPEN (reading, handshaking, in session), LINGER (everything said, write side shut down, waiting
 * briefly for the peer's end so that it can read our last bytes), CLOSED (waiting for libuv to let go of the handle).
 * Idle memory: this record and the session's state; no buffers. Reading uses the reactor's buffers, a partial
 * record or packet is kept in `in` or `tail` until the rest comes. Reading stops while the session does not want
 * input or the ingest has no room: the peer feels it through TCP.
 */
#pragma once

#include "mqtt/session.h"
#include "net/wheel.h"
#include "tls/connection.h"

#include <netinet/in.h>
#include <uv.h>

struct reactor;
struct seat_claim;
struct presence_record;
struct profile_config;
struct gateway;

enum connection_phase { CONNECTION_OPEN, CONNECTION_LINGER, CONNECTION_CLOSED };

struct connection {
    uv_tcp_t tcp; /* data = this connection */
    struct reactor *reactor;
    struct wheel_item timer;
    uint64_t handle; /* of the reactor's table; unique for the life of the process */
    uint64_t device; /* number; 0 until the door let it in */
    struct connection *next_of_device, **link_of_device;
    struct connection *prev_held, *next_held; /* in the reactor's queue of those waiting for room */
    struct seat_claim *claim;
    struct presence_record *presence;
    struct profile_config *profile; /* a reference; NULL until the door let it in */
    struct gateway *gateway;        /* its devices; NULL: none yet, or no gateway */
    struct buf *in;                 /* ciphertext of a record that is not whole yet; NULL = none */
    struct buf *tail;               /* plaintext that is not consumed yet; NULL = none */
    struct in6_addr address;        /* of the peer, IPv4 as mapped; a broken socket no longer tells it */
    struct tls_connection tls;
    struct session session;
    uint64_t accepted_ms; /* of a connection that is provisioning: when it last had an answer */
    uint8_t phase;
    bool is_tls : 1;
    bool is_reading : 1;
    bool is_handshaking : 1;  /* counted in the reactor's handshakes */
    bool is_held : 1;         /* waits for the ingest */
    bool has_ended : 1;       /* the session called on_closing */
    bool is_seated : 1;       /* the claim was granted */
    bool is_refused : 1;      /* by the door; told and logged */
    bool is_revoked : 1;      /* its will has no say any more */
    bool peer_is_done : 1;    /* close_notify came while packets before it still waited */
    bool is_provisioning : 1; /* may ask for registration, and nothing else */
    bool is_gateway : 1;      /* may speak for other devices */
    bool wants_calls : 1;     /* the SUBSCRIBE at hand asks for calls */
    bool awaits_worker : 1;   /* reading waits until a worker has dealt with the last message */
    bool awaits_disk : 1;     /* and until the session is saved */
    bool is_stored : 1;       /* the session is on disk: it outlives the connection, or did until now */
    uint8_t requests;         /* with workers, not answered yet */
};

enum { CONNECTION_MAX_BYTES = 960 };
_Static_assert(sizeof(struct connection) <= CONNECTION_MAX_BYTES, "see docs/architecture.md on idle memory");

/** Accept from @p listener. On failure the socket is closed and nothing is left. */
void connection_accept(struct reactor *reactor, uv_stream_t *listener, bool is_tls);

/** Send what the session wrote to the reactor's `out`; then ends the connection if its session is over. */
void connection_flush(struct connection *c);

/** Go on with input that waited, and with reading, as far as the session wants it and there is room. */
void connection_continue(struct connection *c);

/** The session is over or must be: flush, say goodbye, linger. */
void connection_end(struct connection *c);

/** Drop at once, without a word. */
void connection_drop(struct connection *c);

/** Its timer is due: session deadline, handshake deadline, linger's end. */
void connection_look(struct connection *c, uint64_t now_ms);

enum { ADDRESS_SIZE = 64 };
/** "192.0.2.1:50412" or "[2001:db8::1]:50412". */
void connection_address(const struct connection *c, char out[ADDRESS_SIZE]);
