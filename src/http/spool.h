/**
 * @file spool.h - a body that is looked at when all of it has come, and is too large to wait in memory meanwhile.
 *
 * It waits in a file of the data directory that has no name: nothing is left of it when it is closed, or after a crash. Worker
 * threads; blocks on disk. Errors: ERR_IO, ERR_FULL.
 */
#pragma once

#include "base/err.h"
#include "base/slice.h"

struct spool {
    int fd; /* -1: closed */
    const char *dir;
    uint8_t *map; /* NULL: not mapped */
    size_t size;  /* bytes so far */
};

/** @param dir  the data directory, borrowed */
MUST_USE err_t spool_open(struct spool *spool, const char *dir, struct problem *problem);
MUST_USE err_t spool_write(struct spool *spool, struct slice bytes, struct problem *problem);
/** All that was written, readable until spool_close(). Nothing may be written any more. */
MUST_USE err_t spool_read(struct spool *spool, struct slice *ret, struct problem *problem);
void spool_close(struct spool *spool); /* once, after a spool_open() that succeeded or failed */
