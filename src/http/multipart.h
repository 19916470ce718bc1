/**
 * @file multipart.h - reads multipart/form-data (RFC 7578, RFC 2046) that comes in pieces. Bytes in, calls out.
 *
 * libwebsockets' own parser (lws_spa) does not fit: it does not tell a part's content type, which belongs to a package.
 * Bounds: a boundary of 70 bytes, 4 KiB of headers a part, 16 parts. Content-Transfer-Encoding is not looked at
 * (RFC 7578 section 4.7), nor is what stands before the first part and behind the last.
 * One thread at a time; allocates only for a part's headers.
 */
#pragma once

#include "base/buf.h"

enum {
    MULTIPART_BOUNDARY_MAX = 70, /* RFC 2046 section 5.1.1 */
    MULTIPART_HEADER_MAX = 4096,
    MULTIPART_PARTS_MAX = 16,
};

/** Borrowed for the call; not checked for UTF-8. */
struct multipart_part {
    struct slice name;
    struct slice file_name; /* without folders; empty also when there is none */
    struct slice content_type;
};

/** What an error of these returns, multipart_read() returns. */
struct multipart_handler {
    err_t (*on_part)(void *arg, const struct multipart_part *part, struct problem *problem);
    err_t (*on_bytes)(void *arg, struct slice bytes,
                      struct problem *problem); /* of the part that began last */
    void *arg;
};

struct multipart {
    struct multipart_handler handler;
    enum multipart_state {
        MULTIPART_PREAMBLE,
        MULTIPART_BODY,
        MULTIPART_DELIMITED, /* behind a delimiter: does a part follow? */
        MULTIPART_HEADERS,
        MULTIPART_EPILOGUE
    } state;
    char delimiter[MULTIPART_BOUNDARY_MAX + 5]; /* "\r\n--" and the boundary */
    size_t delimiter_len;
    size_t matched;  /* bytes of the delimiter that have come .. */
    size_t borrowed; /* .. of which so many are no content: the line break before a part's first byte */
    struct buf line; /* behind a delimiter: its rest; of headers: what has come */
    unsigned parts;
};

/**
 * @param content_type  the request's header
 * @return ERR_OK: give it back by multipart_fini() · ERR_INVALID (not multipart/form-data, no boundary)
 */
MUST_USE err_t multipart_init(struct multipart *m, struct slice content_type,
                              const struct multipart_handler *handler, struct problem *problem);

/** @return ERR_OK · ERR_INVALID · ERR_LIMIT · ERR_NOMEM · as the handler. After an error it can only be ended. */
MUST_USE err_t multipart_read(struct multipart *m, struct slice bytes, struct problem *problem);

/** @return ERR_INVALID when the last delimiter has not come */
MUST_USE err_t multipart_end(const struct multipart *m, struct problem *problem);
void multipart_fini(struct multipart *m); /* `{0}` allowed */
