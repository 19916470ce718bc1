/**
 * @file audit_log.h - the one way into the audit log: for the calls of people (http/audit.h) and for what devices bring about
 * themselves, for which no user answers.
 *
 * An entry is on disk when audit_log_add() returns; one that cannot be written is told in the log, and what it tells of stands all the
 * same. What strangers can cause at will (refusals, lockouts) is bounded per source, so that nobody can wash the log out.
 * Worker threads; blocks.
 */
#pragma once

#include "hub/hub.h"
#include "store/registry_audit.h"
#include "json/document.h"

struct audit_log;

MUST_USE err_t audit_log_new(struct audit_log **ret);
void audit_log_free(struct audit_log *log); /* NULL allowed */

/** @param source_or_null  whose tries are counted (a user's id, an address); NULL: the entry is written in any case */
void audit_log_add(struct hub *hub, const struct audit_entry *entry, const char *source_or_null);

/** What is let go when entries are added. */
struct audit_bounds audit_log_bounds(const struct hub *hub);

/** A member of an entry for a text that may be longer: cut at a whole character. */
void audit_log_text(char *out, size_t size, const char *text_or_null);

/** Set the entry's data. A document too large for it is left out: `{}`. */
void audit_log_set_data(struct audit_entry *entry, const json_t *data);
