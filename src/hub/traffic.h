/**
 * @file traffic.h - messages a second, over the last few seconds, and what lists of devices ask about each: is it active, when
 * was it last heard, is it connected.
 */
#pragma once

#include "hub/hub.h"

struct traffic;

MUST_USE err_t traffic_new(struct traffic **ret);
void traffic_free(struct traffic *traffic);

/** Note how many messages there were, at most once a second. @param now_ms monotonic. One thread (a reactor's). */
void traffic_tick(struct hub *hub, uint64_t now_ms);

/** Devices' messages a second that became durable in the last five to ten seconds. Any thread. */
double traffic_rate(struct hub *hub, uint64_t now_ms);

/** For queries of the registry: borrows the hub. */
struct device_judge traffic_judge(struct hub *hub);
