/**
 * @file session.h - the server's side of one MQTT client: bytes in; bytes and events out.
 *
 * Model. The owner (a connection) feeds received bytes to session_receive() and sends what is appended to
 * `out`. Events are calls of a `struct session_handler`. There is no I/O, no clock and no thread in here:
 * time is passed in (monotonic milliseconds, never going back), and one owner uses a session at a time.
 *
 *     NEW --CONNECT--> WAITING --session_accept--> OPEN --> CLOSED
 *      |                  '-----session_refuse------------->^
 *      '---broken CONNECT, deadline------------------------>'
 *
 * The end. However a session ends by its own rules or by session_refuse()/session_close(), on_closing is
 * called exactly once, after the last bytes (CONNACK with a refusal, DISCONNECT) were appended to `out`.
 * The owner flushes `out`, closes the connection, calls session_take_will(), session_detach() and
 * session_fini(). When the connection breaks by itself the owner goes straight to these three; on_closing
 * is not called.
 *
 * What outlives a connection is `struct session_state`: client id, subscriptions, messages not yet
 * acknowledged or queued, identifiers of QoS 2 messages received. session_detach() hands it out; a later
 * session, on any thread, takes it back in session_accept().
 *
 * Input. session_receive() consumes whole packets. It stops early, at a packet's end, while
 * session_wants_input() is false: CONNECT waits for its answer, session_pause_reading() was called, or a
 * 3.x client (which knows no Receive Maximum) has max_inflight publishes unanswered. The owner keeps the
 * rest and calls again after session_accept(), session_resume_reading() or session_publish_done().
 *
 * Output. If `out` fails (its limit, or memory), packets are missing in it: drop the connection. What had
 * to be kept is still in the session state.
 *
 * Choices where the specification leaves one:
 * - Retained messages are not kept. CONNACK does not say so (Retain Available stays unset), because devices
 *   that set RETAIN would have to be turned away; the flag is handed to on_publish and means nothing more.
 * - Shared subscriptions are not offered: a 5.0 client is disconnected with 0x9E. Before 5.0 "$share" is a name
 *   like any other. Enhanced authentication is not offered: 0x8C.
 * - Topic aliases are used where the client allows them, for topics it subscribed to without a wildcard.
 * - Overlapping subscriptions: one copy, with the highest QoS and all matching identifiers.
 * - A QoS 2 message whose on_publish was not answered before the connection ended is forgotten: its
 *   redelivery is a new on_publish. Better twice than never.
 * - No Local has no effect: nothing a client publishes is sent back to it by this layer.
 *
 * Memory: an idle OPEN session with a 23-byte client id and one subscription holds at most 450 bytes in
 * all its allocations. A QoS 0 or 1 PUBLISH and its answer allocate nothing.
 */
#pragma once

#include "mqtt/packet.h"

struct session;
struct session_state;
struct subscription;

/* How far a message for the client has come. */
struct delivery_progress {
    uint16_t packet_id; /* not 0 */
    bool is_released;   /* PUBREC came: PUBREL is what may be sent again */
};

/* Shared by all sessions of a listener; must outlive them. Every member counts, 0 only where it is said. */
struct session_limits {
    uint32_t max_packet;        /* bytes of a whole packet; announced as Maximum Packet Size */
    uint32_t max_connect;       /* bytes of CONNECT; 0 = max_packet */
    uint32_t max_payload;       /* bytes of a PUBLISH's or will's payload */
    uint16_t max_topic;         /* bytes of a topic name or filter */
    uint16_t max_client_id;     /* bytes */
    uint16_t max_inflight;      /* QoS 1 and 2 publishes not answered; announced as Receive Maximum */
    uint16_t max_qos2_ids;      /* identifiers waiting for PUBREL; at least max_inflight */
    uint16_t max_outbound;      /* QoS 1 and 2 deliveries not acknowledged; the client may ask for less */
    uint16_t max_topic_alias;   /* announced; 0 = no aliases */
    uint16_t max_subscriptions; /* per session */
    uint16_t max_keep_alive_s;  /* Server Keep Alive for 5.0 clients that ask for more or none; 0 = any */
    uint32_t max_queued;        /* deliveries kept, in flight ones included */
    uint32_t max_queued_bytes;  /* their topics, payloads and properties */
    uint32_t
        max_session_expiry_s; /* 0xFFFFFFFF = sessions may last for ever; 0 = none outlives its connection */
    uint32_t connect_timeout_ms; /* from session_init() to the whole CONNECT */
};

/* Usual values: design limits of the product. */
extern const struct session_limits session_default_limits;

/**
 * Events. Packets and their slices are borrowed for the call. Every function of this header may be called
 * from inside with the same `out`, except session_receive(), session_detach() and session_fini().
 */
struct session_handler {
    /**
     * Who is it? Answer with session_accept() or session_refuse(), now or later (on the same thread);
     * copy what is needed until then. client_id is never empty: where the client may leave it to us, a
     * random one is filled in and is_client_id_assigned is set.
     */
    void (*on_connect)(struct session *s, void *owner, const struct mqtt_connect *connect, uint64_t now_ms,
                       struct buf *out);

    /**
     * A message; the topic is never empty (aliases are resolved) and within limits. For qos > 0 answer
     * exactly once, now or later, with session_publish_done(), in the order of the calls.
     */
    void (*on_publish)(struct session *s, void *owner, const struct mqtt_publish *publish, uint64_t now_ms,
                       struct buf *out);

    /** @return granted QoS 0 to 2, or a 5.0 reason >= 0x80; told to 3.x clients as 0x80 */
    uint8_t (*on_subscribe)(struct session *s, void *owner, const struct mqtt_subscription *subscription);

    /** After SUBACK was appended: the moment to deliver what was waiting for a subscriber. May be NULL. */
    void (*on_subscribed)(struct session *s, void *owner, uint64_t now_ms, struct buf *out);

    /** The subscription existed and is gone. May be NULL. */
    void (*on_unsubscribe)(struct session *s, void *owner, struct slice filter);

    /**
     * SUBSCRIBE or UNSUBSCRIBE was carried out; its answer is a SUBACK or UNSUBACK (@p type) with @p codes.
     * @return true: the owner sends it later, with session_acknowledge(); false: it is sent now. May be NULL.
     */
    bool (*on_changed)(struct session *s, void *owner, enum mqtt_type type, uint16_t packet_id,
                       struct slice codes);

    /** A numbered message that had been queued was sent for the first time, or its PUBREC came. May be NULL. */
    void (*on_progress)(struct session *s, void *owner, uint64_t number,
                        const struct delivery_progress *progress);

    /** A numbered message left the session: acknowledged, expired, or too large for the client. May be NULL. */
    void (*on_settled)(struct session *s, void *owner, uint64_t number);

    /** The client has a tagged message, as far as its QoS tells: 0 sent, 1 PUBACK, 2 PUBREC. May be NULL. */
    void (*on_acknowledged)(struct session *s, void *owner, uint64_t tag);

    /**
     * The session is over; see "The end" above. @p reason is the 5.0 code whatever the version: 0x00 after
     * the client's DISCONNECT. @p text is a sentence for the log, valid for the call.
     */
    void (*on_closing)(struct session *s, void *owner, uint8_t reason, const char *text);
};

/* Members are private to session*.c; the struct is here to be embedded. */
struct session {
    const struct session_limits *limits;
    const struct session_handler *handler;
    void *owner;
    struct session_state *state;     /* from CONNECT on; NULL after detach */
    struct session_will *will;       /* NULL = none, or dropped by a normal DISCONNECT */
    struct session_aliases *aliases; /* inbound topic aliases; made on first use */
    uint64_t deadline_ms;            /* UINT64_MAX = none */
    uint32_t keep_alive_ms;          /* one and a half times the client's; 0 = none */
    uint32_t max_packet_out;         /* the client's Maximum Packet Size */
    uint32_t session_expiry_s;       /* granted */
    uint32_t max_expiry_s;           /* the most that may be granted */
    uint16_t keep_alive_s;           /* asked for, then granted */
    uint16_t receive_max_out;        /* deliveries the client takes at a time, ours included */
    uint16_t inflight_in;            /* publishes of this connection counted against Receive Maximum */
    uint16_t pending;                /* on_publish calls not answered */
    uint8_t topic_alias_max_out;     /* the client's Topic Alias Maximum, as far as we use it */
    uint8_t aliases_out;             /* given on this connection */
    uint8_t phase;                   /* enum session_phase, private */
    uint8_t version;                 /* enum mqtt_version, from CONNECT on */
    bool clean_start : 1;
    bool is_id_assigned : 1;
    bool is_reading_paused : 1;
    bool hides_problem_info : 1; /* Request Problem Information = 0 */
    bool asked_no_expiry : 1;    /* CONNECT had no Session Expiry Interval, or 0 */
    bool was_open : 1;
    bool is_resumed : 1;
    bool is_will_taken : 1;
};

enum { SESSION_MAX_BYTES = 320 }; /* of struct session */
_Static_assert(sizeof(struct session) <= SESSION_MAX_BYTES, "see docs/architecture.md on idle memory");

/** @param limits, handler  borrowed until session_fini() */
void session_init(struct session *s, const struct session_limits *limits,
                  const struct session_handler *handler, void *owner, uint64_t now_ms);

/** Frees what the session still holds, the will and an undetached state included. Idempotent. */
void session_fini(struct session *s);

/**
 * Handle the whole packets at the start of @p in.
 *
 * @param ret_consumed  bytes done with, at a packet boundary; may be 0. Set on ERR_OK only
 * @return ERR_OK · ERR_CLOSED (the session is over, now or before; on_closing was called)
 */
MUST_USE err_t session_receive(struct session *s, struct slice in, size_t *ret_consumed, uint64_t now_ms,
                               struct buf *out);

/** Would session_receive() look at input now? False once CLOSED. */
bool session_wants_input(const struct session *s);
void session_pause_reading(struct session *s);
void session_resume_reading(struct session *s);

struct session_grant {
    uint32_t max_session_expiry_s; /* lowers the limit of session_limits for this client */
};

/**
 * Let the client in: CONNACK, then what @p resumed holds for it. Does nothing unless WAITING, but takes
 * @p resumed in any case.
 *
 * @param resumed  state of the client's earlier session, owned by the session from now on; NULL = none.
 *                 Freed unused when the client asked for a clean start
 * @param grant    NULL = nothing beyond the limits
 */
void session_accept(struct session *s, struct session_state *resumed, const struct session_grant *grant,
                    uint64_t now_ms, struct buf *out);

/**
 * Turn the client away with CONNACK; on_closing follows. Does nothing unless WAITING.
 * @param reason  5.0 code; 3.x clients get the return code that comes nearest
 * @param text    told to 5.0 clients as Reason String and to on_closing
 */
void session_refuse(struct session *s, uint8_t reason, const char *text, struct buf *out);

/**
 * Answer an on_publish with qos > 0: PUBACK or PUBREC.
 *
 * @param packet_id, qos  of that publish
 * @param reason  5.0 code. >= 0x80: 5.0 clients are told and go on; 3.x clients cannot be told, so their
 *                connection is closed without an acknowledgement. Pass 0 to acknowledge to them anyway
 * @param text    Reason String, where the client wants to hear it; NULL = none
 * Ignored when the session is over.
 */
void session_publish_done(struct session *s, uint16_t packet_id, uint8_t qos, uint8_t reason,
                          const char *text, struct buf *out);

/** End an OPEN or WAITING session: DISCONNECT (5.0) or CONNACK, then on_closing. Nothing when CLOSED. */
void session_close(struct session *s, uint8_t reason, const char *text, struct buf *out);

/** Send the SUBACK or UNSUBACK that on_changed held back; calls on_subscribed. Ignored when the session is over. */
void session_acknowledge(struct session *s, enum mqtt_type type, uint16_t packet_id, struct slice codes,
                         uint64_t now_ms, struct buf *out);

/* A message for a client. Slices are borrowed; empty = property not sent. Properties reach 5.0 only. */
struct delivery {
    struct slice topic;
    struct slice payload;
    uint8_t qos;
    bool is_utf8;      /* Payload Format Indicator */
    bool is_due;       /* sent, with `qos`, to a client that did not subscribe, too */
    uint32_t expiry_s; /* Message Expiry Interval; 0 = never */
    struct slice content_type;
    struct slice response_topic;
    struct slice correlation_data;
    struct slice user_properties; /* `raw` list built with mqtt_user_property_append() */
    uint64_t number; /* the owner's, of a message that it keeps on disk until on_settled; 0 = it does not */
    uint64_t tag;    /* comes back in on_acknowledged; 0 = the owner does not want to know */
};

/* 0 means that no subscription matched, so that the result can be read as a bool. */
enum delivery_result {
    DELIVERY_UNWANTED = 0, /* no subscription matches */
    DELIVERY_SENT,         /* in `out`; kept until acknowledged if its QoS is not 0 */
    DELIVERY_QUEUED,       /* waits for the client's Receive Maximum or return */
    DELIVERY_DROPPED,      /* queue full, larger than the client's Maximum Packet Size, or no memory */
};

/**
 * Send a message if the client subscribed to its topic, with the lower of both QoS, or if it is due. When the queue is
 * full, its oldest QoS 0 message makes room. A session that is not OPEN queues.
 * Cost: O(subscriptions).
 */
enum delivery_result session_deliver(struct session *s, const struct delivery *delivery, uint64_t now_ms,
                                     struct buf *out);

/** When to call session_on_deadline(); UINT64_MAX = never. Moves with every packet received. */
uint64_t session_deadline(const struct session *s);

/** Closes the session if its time is up: no CONNECT in time, keep-alive (0x8D). Else nothing. */
void session_on_deadline(struct session *s, uint64_t now_ms, struct buf *out);

/** The client's id, from CONNECT until session_detach(); else empty. Borrowed. */
struct slice session_client_id(const struct session *s);
bool session_is_open(const struct session *s);

/** Did the client ask for Clean Start (Clean Session before 5.0)? Meaningful from CONNECT on. */
bool session_starts_clean(const struct session *s);

/** on_publish calls with qos > 0 that were not answered yet; inside on_publish this one counts. */
unsigned session_unanswered(const struct session *s);
enum mqtt_version session_version(const struct session *s); /* meaningful from CONNECT on */

/** Would session_detach() leave something behind? DISCONNECT may change it. */
bool session_is_persistent(const struct session *s);
/** Are there identifiers of QoS 2 messages that the client has not released? */
bool session_awaits_pubrel(const struct session *s);
/** Did the client find its earlier session? Meaningful while OPEN. */
bool session_is_resumed(const struct session *s);

/**
 * The will, if it must be published: the session was OPEN and did not end by a normal DISCONNECT.
 * At most once per session; call before session_detach() and session_fini(), which end the slices' life.
 * The Will Delay Interval (properties) is the owner's to honour; it ends with the session's expiry.
 */
bool session_take_will(struct session *s, struct mqtt_will *ret);

/**
 * Hand out what must be kept for the client's return. The session is over after this.
 * @return owned by the caller (session_state_free(), or session_accept() of a later session);
 *         NULL = nothing: never accepted, or the session ends with its connection
 */
struct session_state *session_detach(struct session *s, uint64_t now_ms) MUST_USE;

void session_state_free(struct session_state *state); /* NULL is fine */
struct slice session_state_client_id(const struct session_state *state);

/** What is kept of an OPEN session, for the look-ups below; NULL before CONNECT and after detach. */
const struct session_state *session_kept(const struct session *s);

/**
 * The client's subscriptions, one after the other, in the order they were made.
 * @param previous    NULL for the first
 * @param ret_filter  borrowed from the state, like the result; until the session is fed or the state changes
 * @return NULL: no more
 */
const struct subscription *session_state_subscription(const struct session_state *state,
                                                      const struct subscription *previous,
                                                      struct slice *ret_filter);

/** Would session_state_queue() find a subscription for this topic? Cost: O(subscriptions). */
bool session_state_wants(const struct session_state *state, struct slice topic);

/** When a detached state may be freed, ms on the clock of session_detach(); UINT64_MAX = never. */
uint64_t session_state_expiry_ms(const struct session_state *state);

/** session_deliver() for a client that is away. Never DELIVERY_SENT. */
enum delivery_result session_state_queue(struct session_state *state, const struct delivery *delivery,
                                         const struct session_limits *limits, uint64_t now_ms);

/**
 * After session_state_queue(): a numbered message that had expired and made room. Call until 0.
 * @return its number, or 0 = there is none
 */
uint64_t session_state_take_expired(struct session_state *state);
