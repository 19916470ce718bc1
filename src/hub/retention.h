/**
 * @file retention.h - how long points of a device are kept: what its profile says (telemetryTtlSeconds), else the
 * setting telemetry.ttl. The series store asks (store/series.h, series_retention).
 *
 * Answers are remembered for the devices asked for lately; while no profile says anything, the registry is not asked at
 * all. Any number of threads; one lock, held for a look-up in a table.
 */
#pragma once

#include "hub/hub.h"

/** Also tells the hub's series. */
MUST_USE err_t retention_new(struct hub *hub, struct retention **ret);
void retention_free(struct retention *retention); /* NULL allowed; after the series is closed */

/** After the registry's commit: the next query goes by what is stored then. NULL allowed. */
void retention_profiles_changed(struct retention *retention);        /* any profile */
void retention_forget(struct retention *retention, uint64_t device); /* it may have another profile */
