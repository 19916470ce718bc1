/**
 * @file presence.h - who is connected and when each device was last heard.
 *
 * One small record per device that has connected since the start, found by number under a lock taken at
 * connect and disconnect only; a session keeps the pointer, so that noting activity is one relaxed store per
 * message. Records live until presence_free(). Connect and disconnect times are kept as server attributes too
 * (`active`, `lastConnectTime`, `lastDisconnectTime`, `lastActivityTime`), so they survive a restart; when each device was last heard
 * before the start is read once, in the background (activity_recover()), and kept in 16 bytes a device.
 */
#pragma once

#include "base/err.h"

#include <stdatomic.h>
#include <stdbool.h>

struct presence;

struct presence_record {
    uint64_t device;
    atomic_uint connections;         /* live sessions of the device */
    _Atomic int64_t last_connect_ms; /* wall clock; 0 = never since start */
    _Atomic int64_t last_disconnect_ms;
    _Atomic int64_t last_activity_ms;
    atomic_bool is_active;              /* as last written to disk, or about to be: activity.h */
    _Atomic int64_t timeout_ms;         /* of silence; 0 = to be read */
    _Atomic int64_t profile_timeout_ms; /* 0 = the profile says nothing */
    int64_t saved_activity_ms;          /* on disk */
    int64_t saved_ms;                   /* when that was written; both are activity.c's */
    struct presence_record *next;       /* made before this one; never changes */
};

struct presence_view {
    bool active; /* activity.h */
    unsigned connections;
    int64_t last_connect_ms, last_disconnect_ms; /* 0 = not since the server started */
    int64_t last_activity_ms; /* 0 = never, or, unless presence_is_complete(), not since the server started */
};

MUST_USE err_t presence_new(struct presence **ret);
void presence_free(struct presence *presence);

/** A session of the device opened. @return its record, never NULL unless memory is out. Any thread. */
struct presence_record *presence_connect(struct presence *presence, uint64_t device, int64_t now_ms);

/** Its record, made if need be, without a session. NULL: no memory. Any thread. */
struct presence_record *presence_record_of(struct presence *presence, uint64_t device);

/** The record made last; go on with ->next. Any thread, no lock: records are never removed. */
struct presence_record *presence_first(struct presence *presence);

/** @return false if it was so already */
static inline bool presence_set_active(struct presence_record *record, bool is_active)
{
    return atomic_exchange(&record->is_active, is_active) != is_active;
}

/** The device's attribute inactivityTimeout was saved: read it again. Any thread. */
void presence_forget_timeout(struct presence *presence, uint64_t device);

void presence_disconnect(struct presence_record *record, int64_t now_ms);

static inline void presence_heard(struct presence_record *record, int64_t now_ms)
{
    atomic_store_explicit(&record->last_activity_ms, now_ms, memory_order_relaxed);
}

struct presence_earlier {
    uint64_t device;
    int64_t last_activity_ms;
};

/** When devices were heard before the start. Takes @p list (heap), sorts it, and keeps it; once. Any thread. */
void presence_remember(struct presence *presence, struct presence_earlier *list, size_t count);
bool presence_is_complete(struct presence *presence);

/** What is known of a device; all zero when it never connected. Any thread. */
void presence_look(struct presence *presence, uint64_t device, struct presence_view *ret_view);
