/**
 * @file audit.h - who changed what, when and from where: the audit log, written in one place.
 *
 * The router tells of each call after it: audit_note() puts down what its route says (router.h, struct route_audit), succeeded
 * or refused; never bodies, so no secret gets there. The entry is a commit of its own after the change's: a crash between the two loses
 * the entry, not the change. Refusals are bounded per user, or per address where nobody logged in, so that nobody can wash the log out.
 * Telemetry that people save is data like that of devices, and not put down. Worker threads; blocks.
 */
#pragma once

#include "http/call.h"

void audit_note(struct call *call, err_t result, const struct problem *problem);
