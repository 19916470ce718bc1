/**
 * @file peer.h - what is known of the client's certificate, from the handshake until the door has decided.
 *
 * Counted without atomics: who asks the door keeps it until the answer, though the connection ends before. References
 * are taken and given back on the connection's thread; what is in it does not change and may be read by another.
 */
#pragma once

#include "pki/chain.h"

struct tls_peer {
    unsigned references;
    bool has_certificate;
    bool is_resumed;         /* proven by an earlier handshake: no certificate was sent this time */
    uint8_t fingerprint[32]; /* SHA3-256 as the device API defines it (pki/certificate.h) */
    int64_t not_before_ms, not_after_ms; /* validity of the leaf, wall clock */
    uint64_t ticket;                     /* serial of the ticket issued on this connection; 0 = none */
    struct chain_der chain;              /* what was presented, not parsed; none when resumed */
};

/**
 * Whether the leaf is inside its validity at @p now_ms (wall clock).
 * @param refusal  filled with why not, for the log and the device
 */
bool tls_peer_is_valid(const struct tls_peer *peer, int64_t now_ms, char *refusal, size_t size);

/** Give a reference back (tls_connection_keep_peer()). NULL allowed. */
void tls_peer_unref(struct tls_peer *peer);
