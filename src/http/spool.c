#include "http/spool.h"

#include "store/path.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

err_t spool_open(struct spool *spool, const char *dir, struct problem *problem)
{
    *spool = (struct spool){.fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), .dir = dir};
    return spool->fd >= 0 ? ERR_OK : path_fail(problem, errno, "make a file in", dir);
}

err_t spool_write(struct spool *spool, struct slice bytes, struct problem *problem)
{
    while (bytes.len != 0) {
        ssize_t n = write(spool->fd, bytes.data, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return path_fail(problem, errno, "write to a file in", spool->dir);
        spool->size += (size_t)n;
        bytes = slice_skip(bytes, (size_t)n);
    }
    return ERR_OK;
}

err_t spool_read(struct spool *spool, struct slice *ret, struct problem *problem)
{
    if (spool->size == 0) {
        *ret = slice_of(NULL, 0);
        return ERR_OK;
    }
    void *map = mmap(NULL, spool->size, PROT_READ, MAP_PRIVATE, spool->fd, 0);
    if (map == MAP_FAILED)
        return path_fail(problem, errno, "map a file in", spool->dir);
    spool->map = map;
    (void)madvise(map, spool->size, MADV_SEQUENTIAL);
    *ret = slice_of(spool->map, spool->size);
    return ERR_OK;
}

void spool_close(struct spool *spool)
{
    if (spool->map != NULL)
        munmap(spool->map, spool->size);
    if (spool->fd >= 0)
        close(spool->fd);
    *spool = (struct spool){.fd = -1};
}
