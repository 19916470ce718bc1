/** @file device_state.h - devices by what is no part of their rows: presence and certificates. Private to the registry. */
#pragma once

#include "store/sqlite/registry_sqlite.h"

/** Functions of SQL that look at conn->judge: awake(number), heard(number), connections(number); and not_after(base64). */
bool device_state_add_functions(struct conn *conn);

/** When a record's certificate expires, milliseconds; 0: it is none. May parse it. */
int64_t device_state_not_after(const struct credentials *credentials);

/** Conditions on `d`, beginning with AND, and their parameters in the same order. */
void device_state_put_conditions(const struct device_query *query, struct buf *sql);
void device_state_bind(const struct device_query *query, struct statement *s);

/** Are matches and their order the same until a row of `device` changes? Else nothing may be cached. */
bool device_state_is_lasting(const struct device_query *query);

/** Is every match to be asked for device_state_accepts()? Conditions do it for walks by number. */
bool device_state_is_judged(const struct device_query *query);
bool device_state_accepts(const struct device_query *query, uint64_t device);

#define DEVICE_STATE_EXPIRY "(SELECT c.not_after_ms FROM credentials c WHERE c.device = d.number)"
