/**
 * @file peer.h - what is known of the client's certificate, from the handshake until the door has decided.
 */
#pragma once

#include "base/slice.h"

struct tls_peer {
    bool has_certificate;
    bool is_resumed;         /* proven by an earlier handshake: no certificate was sent this time */
    uint8_t fingerprint[32]; /* SHA3-256 as the device API defines it (pki/certificate.h) */
    int64_t not_before_ms, not_after_ms; /* validity of the leaf, wall clock */
    uint64_t ticket;                     /* serial of the ticket issued on this connection; 0 = none */
    uint8_t *der;                        /* the leaf, for messages; NULL when resumed */
    size_t der_len;
};
