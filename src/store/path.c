#include "store/path.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

err_t path_join(const char *dir, const char *name, char out[PATH_SIZE], struct problem *problem)
{
    int n = snprintf(out, PATH_SIZE, "%s/%s", dir, name);
    if (n < 0 || n >= PATH_SIZE)
        return fail(problem, ERR_INVALID, "", "the path of the data directory is too long");
    return ERR_OK;
}

err_t path_make_dir(const char *dir, bool create, struct problem *problem)
{
    struct stat st;
    if (create && mkdir(dir, 0700) != 0 && errno != EEXIST)
        return path_fail(problem, errno, "make the directory", dir);
    if (stat(dir, &st) != 0)
        return path_fail(problem, errno, "open", dir);
    if (!S_ISDIR(st.st_mode))
        return fail(problem, ERR_INVALID, "", "%s is not a directory", dir);
    return ERR_OK;
}

err_t path_fail(struct problem *problem, int error, const char *verb, const char *path)
{
    char text[128];
    const char *reason = strerror_r(error, text, sizeof text); /* the GNU variant */
    err_t err = ERR_IO;
    if (error == ENOENT)
        err = ERR_NOT_FOUND;
    else if (error == ENOSPC || error == EDQUOT)
        err = ERR_FULL;
    return fail(problem, err, "", "cannot %s %s: %s", verb, path, reason);
}
