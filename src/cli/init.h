/**
 * @file init.h - `postern init DIR`: makes a data directory that `postern serve DIR` can start from.
 *
 * Files made, each synced: `authority.key` and `authority.pem` (the installation's own authority), `server.key`
 * and `server.pem` (the server's certificate with its chain), `tb-server-chain.pem` (what clients trust: the
 * same chain), the store with the administrator (made by the callback), and last `postern.ini` with every
 * setting commented out: a directory that holds it is complete. Keys have mode 0600, the directory 0700.
 * On failure the files made here are removed again. Main thread; blocks.
 */
#pragma once

#include "base/err.h"

#include <stdio.h>

#define INIT_ADMINISTRATOR "tenant@localhost"

/**
 * Make the store in @p dir with one administrator. On failure it removes what it made.
 * @p password is borrowed for the call; the callee keeps a hash at most.
 */
typedef err_t init_create_administrator(void *arg, const char *dir, const char *email, const char *password,
                                        struct problem *problem);

struct init_options {
    const char *dir;           /* new or empty; its parent exists */
    const char *const *hosts;  /* names and addresses of the server beside its own host name and loopback */
    size_t host_count;         /* at most 32 */
    const char *password_file; /* first line = administrator's password; NULL = a random one, printed */
    init_create_administrator *create_administrator;
    void *arg;
    FILE *out; /* what was made, and the random password, are printed here */
};

/**
 * @return ERR_OK · ERR_CONFLICT (initialised already, or not empty) · ERR_INVALID (a host, the password) ·
 *         ERR_IO, ERR_FULL (file system) · ERR_INTERNAL · whatever the callback returned
 */
MUST_USE err_t init_data_directory(const struct init_options *options, struct problem *problem);

/**
 * The subcommand: `init DIR [--host NAME]... [--password-file FILE]`, argv[0] being "init".
 * Says on standard error what is wrong. @return exit status: 0, 1 = failed, 2 = wrong arguments
 */
int init_command(int argc, char **argv, init_create_administrator *create_administrator, void *arg);
