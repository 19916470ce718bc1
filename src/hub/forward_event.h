/**
 * @file forward_event.h - entries of a batch as the events that endpoints get: docs/forwarding.md. Pure; any thread.
 */
#pragma once

#include "model/forwarding.h"
#include "model/point.h"

enum { FORWARD_EVENT_KEYS = 256 /* of one event; more make another */, FORWARD_ID_SIZE = 48 };

/** Consecutive entries of one device that belong together: values of one time, attributes of one scope. */
struct forward_event {
    enum forward_kind kind;
    const char *type; /* "TELEMETRY", .. */
    uint64_t device;
    int64_t ts;                 /* 0: not known */
    enum attribute_scope scope; /* of attributes */
    size_t from, to;            /* its entries: bytes of the batch */
};

/** What events say of their device: members of their objects, without braces. @p out  appended to */
void forward_subject_write(const struct uuid *id, const char *name, const char *profile, struct buf *out);

/**
 * The next event from *at on, which is moved behind it; begin with 0. Entries that are nobody's event are passed over: those of
 * sessions, of the lists of events, and the platform's own notes of presence, of which connects and disconnects are lifecycle.
 * @return false at the end
 */
bool forward_event_next(const struct batch *batch, size_t *at, struct forward_event *ret);

/** Whether an entry is part of any event of these kinds (enum forward_kind). */
bool forward_event_wants(unsigned kinds, const struct entry *entry);

/** Append as one JSON object. @p subject  of forward_subject_write(). @p now_ms  time of an event without one */
void forward_event_write(const struct batch *batch, const struct forward_event *event, struct slice subject,
                         const char *id, int64_t now_ms, struct buf *out);

/** The same for an event that is not made of entries. */
void forward_event_write_plain(const char *type, int64_t ts, struct slice subject, const char *id,
                               struct buf *out);

const char *forward_news_type(enum device_news news); /* "DEVICE_CREATED", .. */
