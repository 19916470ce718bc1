/**
 * @file ingest.h - from a published message to the promise that it is on disk.
 *
 * One `struct ingest` per reactor. A message is parsed straight into the open batch; at the end of the loop turn the
 * batch goes to the writer; when it comes back synced, every message in it that wanted an acknowledgement
 * is answered, in the order of arrival. Refused messages travel in the same batches, so that acknowledgements
 * keep their order ([MQTT-4.6.0-2]).
 * The number of batches is fixed: when all are with the writer, ingest_has_room() is false, and the reactor stops
 * reading until one returns. Steady state allocates nothing.
 * Reactor's thread only.
 */
#pragma once

#include "base/mailbox.h"
#include "hub/gateway_body.h"
#include "hub/hub.h"
#include "hub/payload.h"
#include "hub/topics.h"

struct ingest;

/** Whom a message is from and what to answer. */
struct ingest_source {
    uint64_t client;    /* the reactor's handle of the connection, given back in the answer */
    uint64_t device;    /* number */
    uint16_t packet_id; /* of QoS 1 and 2 */
    uint8_t qos;        /* 0: no answer */
    /* Of a request, if the client gave them (MQTT 5.0 section 4.10); borrowed for the call. */
    struct slice response_topic;
    struct slice correlation_data;
    struct profile_config *profile; /* the device's, for the form of payloads; borrowed; NULL = JSON */
};

/** Copy what the source borrows into @p texts, and borrow it from there. The profile stays as it is. ERR_NOMEM */
MUST_USE err_t ingest_source_copy(struct ingest_source *source, struct buf *texts);

struct ingest_answer {
    uint64_t client;
    uint16_t packet_id;
    uint8_t qos;
    uint8_t reason;   /* MQTT 5.0 reason code: 0 = on disk */
    const char *text; /* sentence for 5.0 clients and the log, "" = none; borrowed for the call */
};

/** What the reactor does when a batch is done. */
struct ingest_handler {
    void (*on_answer)(void *owner, const struct ingest_answer *answer);
    /** After the last answer of a batch: flush what the answers wrote; room is available again. */
    void (*on_batch_done)(void *owner);
    void *owner;
};

MUST_USE err_t ingest_new(struct hub *hub, struct mailbox *home, const struct ingest_handler *handler,
                          struct ingest **ret);
/** No batch may be with the writer any more (ingest_is_idle). */
void ingest_free(struct ingest *ingest);

/** False: hold messages back until on_batch_done. */
bool ingest_has_room(const struct ingest *ingest);

/**
 * Take a telemetry or attributes message. Needs room. The answer follows through on_answer, whatever the result;
 * QoS 0 gets one only when the message was refused.
 */
void ingest_body(struct ingest *ingest, const struct ingest_source *source, enum device_topic topic,
                 struct slice payload);

/** The same for a payload that is not JSON (payload_is_foreign()). A form that cannot be read is refused. */
void ingest_foreign(struct ingest *ingest, const struct ingest_source *source,
                    const struct topic_match *match, struct slice payload);

/**
 * Take a gateway's telemetry or attributes (TOPIC_GATEWAY_..) likewise.
 * @return false: it is in order, but about devices that @p names does not know. It was not taken and is not answered
 */
bool ingest_gateway_body(struct ingest *ingest, const struct ingest_source *source, enum device_topic topic,
                         struct slice payload, const struct gateway_names *names);

/**
 * Answer a message that has nothing to store, in its turn. @p reason 0: it is done. Needs no room, but without it there
 * is a bound. @return false when that is reached: the message stays without an answer
 */
bool ingest_reply(struct ingest *ingest, const struct ingest_source *source, uint8_t reason,
                  const char *text);

/**
 * Keep a server attribute of the platform's own (`active`, `lastConnectTime`, ...). Nobody waits for it: where there is
 * no room it is left out. Those that belong together have room for all when they have for the first.
 */
void ingest_server_attribute(struct ingest *ingest, uint64_t device, struct slice key,
                             const struct value *value);

/** End of a loop turn: hand the open batch to the writer unless enough are there already. */
void ingest_flush(struct ingest *ingest);

/** Hand the open batch to the writer now, however many are there: what comes later is written behind it. */
void ingest_submit(struct ingest *ingest);

/** True when no message waits for an answer. */
bool ingest_is_idle(const struct ingest *ingest);
