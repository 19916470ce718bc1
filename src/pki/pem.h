/**
 * @file pem.h - certificates out of what a person pastes or a program sends.
 *
 * Taken: PEM with any habit of line breaks (LF, CRLF, CR, the two characters `\n`, blanks on one line, none
 * at all), with blanks or text around the blocks, with a byte order mark; the bare base64 of one certificate;
 * and its DER. Not taken, each with its own sentence: see pem_read_certificates(). What is taken is DER to
 * the letter: encoding it again gives the same bytes, so a fingerprint made here is the one made at the door.
 * Bounded; pure; any thread. Memory that held a private key is wiped.
 */
#pragma once

#include "base/buf.h"

enum { PEM_TEXT_MAX = 64 * 1024, PEM_CHAIN_MAX = 10 };

/** DER of certificates in the order of the text: leaf first, by custom. `{0}` is empty. */
struct pem_chain {
    struct buf der[PEM_CHAIN_MAX];
    size_t count; /* 1..PEM_CHAIN_MAX after success */
};

/**
 * @param text     at most PEM_TEXT_MAX bytes; borrowed for the call
 * @param ret      filled on ERR_OK, to be given back by pem_chain_fini(); untouched otherwise
 * @param problem  the sentence; field = "certificate"; `at` = byte of @p text where that is known; may be
 * NULL
 * @return ERR_OK
 *         ERR_INVALID: no certificate in it · a private key (whoever sent it must think it exposed) · a
 *         certificate request · a public key · another kind of block · garbled base64 · no X.509 structure ·
 *         bytes after the structure · a block without its end
 *         ERR_LIMIT: text too large, or more than PEM_CHAIN_MAX certificates
 *         ERR_NOMEM
 */
MUST_USE err_t pem_read_certificates(struct slice text, struct pem_chain *ret, struct problem *problem);

/** Frees; leaves `{0}`. */
void pem_chain_fini(struct pem_chain *chain);
