#include "store/lockfile.h"

#include "store/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

struct data_lock {
    int fd;
};

/* The holder's process id as it wrote it, or "unknown": it may be about to write it. */
static void read_holder(int fd, char out[32])
{
    ssize_t n = pread(fd, out, 31, 0);
    size_t digits = 0;
    while (n > 0 && digits < (size_t)n && out[digits] >= '0' && out[digits] <= '9')
        digits++;
    out[digits] = '\0';
    if (digits == 0)
        snprintf(out, 32, "unknown");
}

static err_t write_holder(int fd, const char *path, struct problem *problem)
{
    char text[32];
    int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)n, 0) == n)
        return ERR_OK;
    return path_fail(problem, errno, "write", path);
}

static err_t lock_file(int fd, const char *dir, const char *path, struct problem *problem)
{
    char holder[32];
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return write_holder(fd, path, problem);
    if (errno != EWOULDBLOCK)
        return path_fail(problem, errno, "lock", path);
    read_holder(fd, holder);
    return fail(problem, ERR_CONFLICT, "", "data directory %s is in use by process %s; stop it first", dir,
                holder);
}

err_t data_lock_take(const char *dir, bool create, struct data_lock **ret, struct problem *problem)
{
    char path[PATH_SIZE];
    TRY(path_make_dir(dir, create, problem));
    TRY(path_join(dir, "lock", path, problem));
    struct data_lock *lock = calloc(1, sizeof *lock);
    if (lock == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory");
    err_t err = ERR_OK;
    lock->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock->fd < 0)
        err = path_fail(problem, errno, "open", path);
    else
        err = lock_file(lock->fd, dir, path, problem);
    if (err == ERR_OK)
        *ret = lock;
    else
        data_lock_release(lock);
    return err;
}

void data_lock_release(struct data_lock *lock)
{
    if (lock == NULL)
        return;
    if (lock->fd >= 0)
        close(lock->fd);
    free(lock);
}
