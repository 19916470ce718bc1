/**
 * @file authority.h - the installation's own certificate authority, and the server's certificate from it.
 *
 * EC P-256 with SHA-256 throughout. Everything goes in and out as PEM text; files are the caller's matter.
 * May block for some milliseconds (key generation). Any thread.
 */
#pragma once

#include "base/buf.h"

enum { AUTHORITY_DAYS = 3650, AUTHORITY_SERVER_DAYS = 825 };

/** A private key and the certificate for it. `{0}` is empty. */
struct identity {
    struct buf key;         /* PEM, PKCS#8, not encrypted: write it with mode 0600 */
    struct buf certificate; /* PEM, one certificate */
};

/** Wipes the key and frees. */
void identity_fini(struct identity *identity);

/**
 * Make a self-signed authority: valid AUTHORITY_DAYS from an hour before @p now_ms (clocks of devices are
 * late); may sign end certificates only (path length 0).
 *
 * @param name  its common name, 1 to 64 bytes of UTF-8; unlike for each installation, so that trust stores
 *              and people can tell two of them apart
 * @param ret   filled on ERR_OK, to be given back by identity_fini(); untouched otherwise
 * @return ERR_OK · ERR_INVALID (name) · ERR_INTERNAL (the library refused)
 */
MUST_USE err_t authority_make(const char *name, int64_t now_ms, struct identity *ret,
                              struct problem *problem);

/**
 * Make a key and a certificate for this server: usage serverAuth, valid AUTHORITY_SERVER_DAYS, but not
 * longer than the authority.
 *
 * @param hosts  1 to 64 DNS names (`*.` in front is allowed) and IP addresses (IPv6 without brackets); the
 *               first is the common name too, if it has at most 64 bytes
 * @return ERR_OK · ERR_INVALID (a host, or the authority's PEM) · ERR_INTERNAL
 */
MUST_USE err_t authority_issue_server(const struct identity *authority, const char *const *hosts,
                                      size_t count, int64_t now_ms, struct identity *ret,
                                      struct problem *problem);

/** Whether authority_issue_server() takes @p host. */
bool authority_host_is_valid(const char *host);
