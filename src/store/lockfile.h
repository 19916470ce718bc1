/**
 * @file lockfile.h - one process at a time in a data directory.
 *
 * An advisory lock (flock) on DIR/lock, held while registry and series of that directory are open. The kernel
 * drops it when the process ends in any way, so a left-over file means nothing.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>

struct data_lock;

/**
 * @param create  make @p dir (0700; its parent must exist) when it is missing
 * @return ERR_OK · ERR_CONFLICT (the sentence names the holder's process id) · ERR_NOT_FOUND (no such
 *         directory and !create) · ERR_IO · ERR_FULL · ERR_NOMEM
 * Any thread; does not wait for the holder.
 */
MUST_USE err_t data_lock_take(const char *dir, bool create, struct data_lock **ret, struct problem *problem);
void data_lock_release(struct data_lock *lock); /* NULL allowed; the file stays */
