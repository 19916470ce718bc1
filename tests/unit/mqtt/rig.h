/**
 * @file rig.h - a session with an owner that writes down all it sees.
 *
 * Events and the packets sent to the client become words of one log, in their order: events in <>,
 * packets as NAME(...). A test says what the client does and compares the log.
 */
#pragma once

#include "mqtt/session.h"
#include "unit.h"

struct rig {
    struct session s;
    struct session_limits limits;
    struct buf out;
    struct buf log;
    uint64_t now;
    /* what the owner does */
    struct session_state *stored; /* handed to session_accept() */
    struct session_grant *grant;  /* may be NULL */
    bool is_connect_held;         /* on_connect: answer later */
    bool is_publish_held;         /* on_publish: answer later */
    bool is_pausing;              /* on_publish: session_pause_reading() */
    bool is_answer_held;          /* on_changed: rig_acknowledge() sends it */
    uint8_t connect_reason;       /* not 0: refuse */
    uint8_t publish_reason;
    const char *publish_text;
    uint8_t granted;                    /* highest QoS granted, or a failure >= 0x80 */
    uint8_t close_reason;               /* not 0: session_close() from inside on_publish and on_subscribe */
    const char *delivery_on_subscribed; /* topic to deliver to */
};

void rig_init(struct rig *r);
void rig_restart(struct rig *r); /* a new connection with the same limits and log */
void rig_fini(struct rig *r);
#define AUTO_RIG __attribute__((cleanup(rig_fini))) struct rig

/** Compare the log with @p expected and clear it. */
void rig_expect(struct rig *r, const char *expected);

/* Feed bytes; @return consumed, or SIZE_MAX when the session is over. */
size_t rig_feed(struct rig *r, struct slice in);
size_t rig_hex(struct rig *r, const char *hex);
void rig_send(struct rig *r, enum mqtt_version version, const struct mqtt_packet *packet);

/* A client's packets, in the version of the session. */
void rig_connect(struct rig *r, enum mqtt_version version, const char *id, bool is_clean);
/* 5.0 with properties: a raw list in hex. */
void rig_connect_5(struct rig *r, const char *id, bool is_clean, const char *properties);
void rig_publish(struct rig *r, const char *topic, const char *payload, unsigned qos, unsigned id);
void rig_ack(struct rig *r, enum mqtt_type type, unsigned id, unsigned reason);
void rig_subscribe(struct rig *r, unsigned id, const char *filter, unsigned qos);
void rig_unsubscribe(struct rig *r, unsigned id, const char *filter);
void rig_disconnect(struct rig *r);

/* The owner's deeds. */
void rig_accept(struct rig *r);
void rig_done(struct rig *r, unsigned id, unsigned qos, unsigned reason);
enum delivery_result rig_deliver(struct rig *r, const char *topic, const char *payload, unsigned qos);
/* The same with a number: what becomes of it is logged as <progress N ..> and <settled N>. */
enum delivery_result rig_deliver_numbered(struct rig *r, uint64_t number, const char *topic, unsigned qos);
/* The same with a tag: that the client has it is logged as <acknowledged N>. */
enum delivery_result rig_deliver_tagged(struct rig *r, uint64_t tag, const char *topic, unsigned qos);
void rig_acknowledge(struct rig *r, enum mqtt_type type, unsigned id, const char *codes); /* codes in hex */
void rig_close(struct rig *r, unsigned reason);
void rig_deadline(struct rig *r, uint64_t now);
/** The connection ends: the state moves to r->stored. @return there is one */
bool rig_detach(struct rig *r);
