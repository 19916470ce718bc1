/**
 * @file rollout.h - tells devices what to install when that has changed, in the background.
 *
 * Whoever changes an assignment has left a notice in the registry with it (registry_ota_notice_next()). Workers go
 * through the notices, some hundred devices at a time, and for each device write what ThingsBoard writes:
 *   telemetry   target_fw_title, target_fw_version, target_fw_tag, target_fw_ts and fw_state = QUEUED, of the time of
 *               the change; then fw_state = INITIATED. Not for a device that has been told of this package already
 *   attributes  shared: fw_title, fw_version, fw_tag, fw_size, fw_checksum, fw_checksum_algorithm or fw_url, told to
 *               connected devices; those that do not apply are deleted
 * and sw_.. likewise. A notice goes when all of its devices are done, so a crash or a full disk delays, and at
 * worst tells twice. What the device reports afterwards (fw_state = DOWNLOADING ..) is telemetry as any other.
 */
#pragma once

#include "hub/hub.h"

struct rollout;

MUST_USE err_t rollout_new(struct hub *hub, struct rollout **ret);

/** There may be notices: after a change, and every half minute. Any thread; never blocks. NULL allowed. */
void rollout_wake(struct rollout *rollout);

/** No further devices from now on; the next start goes on. Before workers_stop(). NULL allowed. */
void rollout_stop(struct rollout *rollout);
void rollout_free(struct rollout *rollout); /* after workers_stop(); NULL allowed */
