/**
 * @file audit.h - who changed what, when and from where: what calls of people put into the audit log (hub/audit_log.h).
 *
 * The router tells of each call after it: audit_note() puts down what its route says (router.h, struct route_audit), succeeded
 * or refused; never bodies, so no secret gets there. What else there is to say, such as counts, the handler adds
 * (call_audit_detail()). The entry is a commit of its own after the change's, before the answer: a crash between the two loses
 * the entry, not the change. Refusals are bounded per user, or per address where nobody logged in, so that nobody can wash the log out.
 * Telemetry that people save is data like that of devices, and not put down. Worker threads; blocks.
 */
#pragma once

#include "http/call.h"
#include "hub/audit_log.h"

void audit_note(struct call *call, err_t result, const struct problem *problem);

/** Whose refusals are counted together, for audit_log_add(): who asks, or where nobody is logged in the address. */
void audit_source(const struct call *call, char out[UUID_TEXT_SIZE + ADDRESS_TEXT_SIZE]);

/** The entry of a call, for who writes it later (call->audit.is_later). */
void audit_describe(const struct call *call, err_t result, const struct problem *problem,
                    struct audit_entry *ret);

/** Failed logins have locked @p what, "account" or "address", for now; bounded per address, however many accounts are tried. */
void audit_lockout(struct call *call, const char *what);

/** Of a call that changes many: what became of one of them. */
void audit_note_device(struct call *call, const char *action, const struct device *device, err_t result,
                       const struct problem *problem);

/* ---- reading it (audit_list.c) ----------------------------------------------------------------------------- */

/** One entry as an AuditLog; NULL: no memory. */
json_t *audit_document(const struct audit_entry *entry);

/** startTime, endTime, actionTypes. */
MUST_USE err_t audit_read_filter(const struct call *call, struct audit_query *query, struct problem *problem);
