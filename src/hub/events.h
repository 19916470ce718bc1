/**
 * @file events.h - what happened at the door and to messages, per device: a bounded list that people read.
 *
 * A device's connects, disconnects, refused logins with the exact reason, refused payloads with the position, unknown topics.
 * What cannot be laid to a device (an unknown certificate) goes to the door log, and each refused login of a device is copied to it,
 * with members that say whose it is: tenantId, deviceId, deviceName. Each list keeps its newest `events.per_device`
 * (`events.door_log`) entries. Of an unknown certificate the door log keeps the bytes, so that it can be registered
 * from there (events_certificate()).
 *
 * events_record() copies and queues; twice a second a worker writes what has come. So an event costs its caller about a
 * microsecond, never waits, and may be lost in a crash. Bounded: EVENTS_QUEUED_MAX wait; what comes on top is counted
 * and dropped; an event like the one before it only raises that one's `times`.
 */
#pragma once

#include "hub/hub.h"

enum { EVENTS_QUEUED_MAX = 4096, EVENTS_CERTIFICATE_MAX = 4096 /* bytes of DER */ };

enum event_kind {
    EVENT_CONNECTED,
    EVENT_DISCONNECTED,
    EVENT_REFUSED,         /* not let in: handshake or CONNECT */
    EVENT_MESSAGE_REFUSED, /* a message was not taken */
    EVENT_UNKNOWN_TOPIC,
};

/** Members that are empty are left out. Text is cut at 255 bytes, the reason at PROBLEM_TEXT_MAX. */
struct event {
    enum event_kind kind;
    uint64_t device;          /* number; 0: that of the fingerprint's owner, else the door log */
    uint8_t mqtt_reason;      /* 5.0 code; 0 = none */
    struct slice fingerprint; /* 64 hex characters */
    struct slice address, client_id, subject, topic, reason;
    struct slice certificate; /* DER, of a refusal; above EVENTS_CERTIFICATE_MAX it is not kept */
};

struct events;

MUST_USE err_t events_new(struct events **ret);
void events_free(struct events *events);

/** Any thread; never blocks. */
void events_record(struct events *events, const struct event *event);

/** Let a worker write what is queued, unless nothing is, or one is at it. Any thread; never blocks. */
void events_flush(struct hub *hub);

/** Write what is queued before returning. Worker threads, or after they have ended; blocks. */
void events_write(struct hub *hub);

/** The list's key in the series store, beside the device's own. 0: the door log. */
static inline uint64_t events_series(uint64_t device)
{
    return device | UINT64_C(1) << 63;
}

typedef bool (*event_visitor)(void *arg, int64_t ts, struct slice json); /* newest first */

/**
 * Visit a list, what is still queued included.
 * @param device  0: the door log
 * @param json    {"ts":..,"type":"REFUSED","reason":"..", ..}; for the visit
 * Worker threads; blocks.
 */
MUST_USE err_t events_read(struct hub *hub, uint64_t device, event_visitor visit, void *arg,
                           struct problem *problem);

/**
 * The certificate of the door log's entry @p number, as base64 of its DER, appended to @p out.
 * @return ERR_OK · ERR_NOT_FOUND: there is no such entry any more, or none with a certificate
 * Worker threads; blocks.
 */
MUST_USE err_t events_certificate(struct hub *hub, uint64_t number, struct buf *out, struct problem *problem);
