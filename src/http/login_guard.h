/**
 * @file login_guard.h - makes guessing passwords slow: a growing wait after some failures, per account or per address.
 *
 * Names are compared without case. Accounts are counted whether they exist or not, so that the answer tells nothing. The table has a fixed
 * size (64 KiB); when it is full the account that failed longest ago is forgotten, which costs an attacker
 * one password hash per entry. Any thread; a short lock inside.
 */
#pragma once

#include "base/slice.h"

enum { LOGIN_GUARD_LONGEST_S = 60, LOGIN_GUARD_MEMORY_S = 900 };

struct login_guard;

/** @param attempts  failures that cost nothing; each further one doubles the wait, from one second on */
struct login_guard *login_guard_new(unsigned attempts); /* NULL: no memory */
void login_guard_free(struct login_guard *guard);       /* NULL allowed */

/** Seconds until the account may try again; 0 = now. @param now_ms monotonic */
unsigned login_guard_wait(struct login_guard *guard, struct slice account, uint64_t now_ms);
/** @return true: from now on it has to wait; not told again of further failures, however long they make the wait */
bool login_guard_failed(struct login_guard *guard, struct slice account, uint64_t now_ms);
void login_guard_succeeded(struct login_guard *guard, struct slice account);
