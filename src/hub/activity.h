/**
 * @file activity.h - who is active, and the server attributes that say so: `active`, `lastActivityTime`,
 * `inactivityAlarmTime`.
 *
 * A device is active while it is connected, or was heard over HTTP, and is not silent for longer than its inactivity timeout:
 * its server attribute `inactivityTimeout` (milliseconds), else its profile's, else `presence.inactivity_timeout`. Any
 * packet counts, PINGREQ too. Connecting and leaving are written at once by the connection; the rest by a worker that
 * looks at all devices heard since the start every ACTIVITY_LOOK_MS: silence, the end of silence, and the time last heard, this
 * at most once in ACTIVITY_SAVE_MS. So a message costs one relaxed store, and no device a timer.
 */
#pragma once

#include "hub/hub.h"

enum { ACTIVITY_LOOK_MS = 2000, ACTIVITY_SAVE_MS = 60000 };

struct activity;

MUST_USE err_t activity_new(struct hub *hub, struct activity **ret);
void activity_free(struct activity *activity);

/** Let a worker look, unless one is at it or it is too early. @param now_ms monotonic. Any thread; never blocks. */
void activity_tick(struct hub *hub, uint64_t now_ms);

/** A device without connection was heard (HTTP). Worker thread; blocks when it was inactive. */
void activity_heard(struct hub *hub, uint64_t device);

/**
 * After a crash: devices that are `active` on disk and are not here any more become inactive. And presence learns when each was
 * last heard before the start. In the background. Once, at start.
 */
void activity_recover(struct hub *hub);
