/**
 * @file records.h - the TLS 1.3 record layer of an established connection (RFC 8446 sections 4.6.3, 5, 6).
 *
 * Takes over from OpenSSL once the handshake is complete and holds nothing but keys and sequence numbers, so an
 * idle connection costs about 220 bytes. Sans-I/O: ciphertext in; plaintext and ciphertext out. Handles padding,
 * alerts, close_notify and KeyUpdate in both directions; starts a KeyUpdate of its own before the AEAD's limit;
 * refuses every other post-handshake message with the alert the specification names.
 * Not thread-safe: used with the `struct tls_crypto` of the thread that owns the connection.
 * After a function returned ERR_PROTO, ERR_CLOSED or ERR_INTERNAL only tls_records_close() and _fini() may be called.
 */
#pragma once

#include "base/buf.h"
#include "tls/crypto.h"

enum {
    TLS_RECORD_HEADER = 5,
    TLS_PLAINTEXT_MAX = 16384,                    /* RFC 8446 section 5.1 */
    TLS_CIPHERTEXT_MAX = TLS_PLAINTEXT_MAX + 256, /* section 5.2 */
    TLS_RECORD_MAX = TLS_RECORD_HEADER + TLS_CIPHERTEXT_MAX,
    TLS_KEY_UPDATES_MAX = 32, /* received in a row without application data */
};

/* AES-GCM: 2^24.5 records a key (section 5.5); we update at 2^24, ask the peer to, and refuse at twice that. */
#define TLS_RECORDS_PER_KEY (UINT64_C(1) << 24)

struct tls_records {
    struct tls_traffic in, out;
    uint64_t records_per_key; /* TLS_RECORDS_PER_KEY; tests set a low one */
    uint16_t suite;
    uint8_t message[5]; /* a post-handshake message being collected: type, length, one byte */
    uint8_t message_len;
    uint8_t key_updates; /* since the last application data */
    bool update_asked;   /* we sent update_requested and wait for the peer's KeyUpdate */
    bool closed;         /* we sent close_notify or a fatal alert */
};

/**
 * Start from the two application traffic secrets.
 * @param suite        TLS 1.3 suite; ERR_INVALID if not one of ours
 * @param in_sequence  records of the client already consumed under these keys (0)
 * @param out_sequence records already sent under these keys (the tickets)
 */
MUST_USE err_t tls_records_init(struct tls_records *r, struct tls_crypto *crypto, uint16_t suite,
                                const uint8_t *in_secret, uint64_t in_sequence, const uint8_t *out_secret,
                                uint64_t out_sequence);

/** Wipe every secret. */
void tls_records_fini(struct tls_records *r);

/**
 * Open all whole records at the start of @p in.
 *
 * @param ret_used  always set: bytes consumed; the rest (less than one record) is to be given again with more bytes
 * @param plain     application data is appended
 * @param out       answers are appended: KeyUpdate, alerts
 * @return ERR_OK · ERR_CLOSED (close_notify came; plain may hold data from before) · ERR_PROTO (fatal alert received,
 *         or the peer broke the protocol and the alert is in @p out) · ERR_NOMEM · ERR_INTERNAL
 */
MUST_USE err_t tls_records_receive(struct tls_records *r, struct tls_crypto *crypto, struct slice in,
                                   size_t *ret_used, struct buf *plain, struct buf *out,
                                   struct problem *problem);

/** Seal application data, split into records of at most TLS_PLAINTEXT_MAX bytes. */
MUST_USE err_t tls_records_send(struct tls_records *r, struct tls_crypto *crypto, struct slice plain,
                                struct buf *out);

/** Append close_notify once; later calls do nothing. */
void tls_records_close(struct tls_records *r, struct tls_crypto *crypto, struct buf *out);
