/** @file path.h - files and folders of the data directory. Any thread; blocks on disk. */
#pragma once

#include "base/err.h"

#include <stdbool.h>

enum { PATH_SIZE = 4096 };

/** "dir/name" into @p out; ERR_INVALID when longer than PATH_SIZE. */
MUST_USE err_t path_join(const char *dir, const char *name, char out[PATH_SIZE], struct problem *problem);

/** Make the folder (0700) if @p create and it is missing. ERR_NOT_FOUND when it is missing and !create. */
MUST_USE err_t path_make_dir(const char *dir, bool create, struct problem *problem);

/** The category of @p error (an errno) and a sentence: "cannot open /var/lib/x: No such file". */
MUST_USE err_t path_fail(struct problem *problem, int error, const char *verb, const char *path);
