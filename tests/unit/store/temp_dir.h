/** @file temp_dir.h - a directory of one test's own, removed with all it holds. */
#pragma once

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

struct temp_dir {
    char path[64];
};

/* In memory where the system has that: these tests sync thousands of times. */
static inline struct temp_dir temp_dir_make(void)
{
    struct temp_dir dir = {"/dev/shm/postern-test-XXXXXX"};
    if (mkdtemp(dir.path) != NULL)
        return dir;
    dir = (struct temp_dir){"/tmp/postern-test-XXXXXX"};
    if (mkdtemp(dir.path) == NULL)
        abort();
    return dir;
}

static inline int temp_dir_drop(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static inline void temp_dir_remove(struct temp_dir *dir)
{
    if (nftw(dir->path, temp_dir_drop, 16, FTW_DEPTH | FTW_PHYS) != 0)
        perror(dir->path);
}
