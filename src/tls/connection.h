/**
 * @file connection.h - one TLS connection of a device, from ClientHello to close_notify. Sans-I/O.
 *
 * Three phases: HANDSHAKE (OpenSSL, fed one whole record at a time through memory BIOs), then for TLS 1.3 RECORDS (our
 * record layer; every OpenSSL object of the connection is freed), for TLS 1.2 or with `tls.records = library` LIBRARY
 * (OpenSSL goes on). The hand-over is exact because after the client's Finished only ticket records have been
 * written under the new keys, and those are counted.
 * Embedded in the owner's connection record; one thread. An established TLS 1.3 connection holds no heap memory of
 * its own once tls_connection_forget_peer() was called.
 */
#pragma once

#include "tls/context.h"
#include "tls/peer.h"
#include "tls/records.h"

enum tls_phase { TLS_HANDSHAKE, TLS_RECORDS, TLS_LIBRARY, TLS_FAILED };

struct tls_connection {
    struct tls_context *context; /* a reference */
    struct tls_peer *peer;       /* heap; from the handshake's end until forgotten */
    enum tls_phase phase;
    union {
        struct {
            struct ssl_st *ssl;
            struct tls_handshake *handshake; /* NULL once the handshake is complete */
        };
        struct tls_records records;
    };
};

/**
 * Look at the first record of @p in without any state, so that a connection costs nothing before its ClientHello is whole.
 * @param ret_len  its length with the header, or 0 when it is not whole yet
 * @return ERR_OK · ERR_PROTO (no TLS record)
 */
MUST_USE err_t tls_whole_record(struct slice in, size_t *ret_len, struct problem *problem);

MUST_USE err_t tls_connection_init(struct tls_connection *c, struct tls_context *context);
void tls_connection_fini(struct tls_connection *c); /* wipes; safe after a failed init and twice */

/**
 * Bytes from the client.
 *
 * @param ret_used  always set: bytes consumed; give the rest again with more behind it
 * @param plain     application data is appended
 * @param out       bytes for the client are appended, also when an error is returned (alerts)
 * @return ERR_OK · ERR_CLOSED (close_notify) · ERR_AUTH (handshake failed over the client's certificate) ·
 *         ERR_PROTO (handshake or record broken) · ERR_NOMEM · ERR_INTERNAL. After an error: send out, then fini.
 */
MUST_USE err_t tls_connection_receive(struct tls_connection *c, struct slice in, size_t *ret_used,
                                      struct buf *plain, struct buf *out, struct problem *problem);

/** Application data for the client; only once established. */
MUST_USE err_t tls_connection_send(struct tls_connection *c, struct slice plain, struct buf *out);

/** close_notify, if established; the connection is not used for sending afterwards. */
void tls_connection_close(struct tls_connection *c, struct buf *out);

bool tls_connection_is_established(const struct tls_connection *c);

/** Who is there; NULL before the handshake is complete and after forget. Borrowed. */
const struct tls_peer *tls_connection_peer(const struct tls_connection *c);
/** The same with a reference, for tls_peer_unref(). */
struct tls_peer *tls_connection_keep_peer(struct tls_connection *c);
void tls_connection_forget_peer(struct tls_connection *c);
