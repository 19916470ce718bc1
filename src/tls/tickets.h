/**
 * @file tickets.h - the bounded store of TLS 1.3 sessions that clients may resume.
 *
 * Stateful tickets (RFC 8446 section 2.2, 4.6.1): the client holds a random id, we hold the resumption secret and what
 * the door needs to ask again (fingerprint, validity), but not the certificate. The oldest make room for new ones.
 * Dropping a device's tickets ends its resumption at once. Secrets are wiped when an entry goes.
 * Any thread: one short lock (innermost rank), taken at login only.
 */
#pragma once

#include "base/err.h"
#include "base/slice.h"

enum { TICKET_ID_SIZE = 32, TICKET_SECRET_MAX = 48 };

struct tls_ticket {
    uint8_t id[TICKET_ID_SIZE];
    uint8_t secret[TICKET_SECRET_MAX];
    uint8_t secret_len;
    uint16_t suite;
    bool has_certificate;
    uint8_t fingerprint[32];
    int64_t not_before_ms, not_after_ms;
    int64_t created_ms; /* wall clock */
};

struct tls_tickets;

/** @param capacity entries; @param lifetime_s how long one may be used */
MUST_USE err_t tls_tickets_new(size_t capacity, uint32_t lifetime_s, struct tls_tickets **ret);
void tls_tickets_free(struct tls_tickets *tickets); /* NULL allowed */
uint32_t tls_tickets_lifetime_s(const struct tls_tickets *tickets);

/** Keep a copy. @return its serial (> 0), or 0 when it could not be kept (the ticket will not resume) */
uint64_t tls_tickets_add(struct tls_tickets *tickets, const struct tls_ticket *ticket);

/** Copy the entry with this id out. @return false: unknown, dropped or too old */
bool tls_tickets_find(struct tls_tickets *tickets, struct slice id, int64_t now_ms, struct tls_ticket *ret);

/** The door let this connection in as @p device: from now on the ticket goes when the device is revoked. */
void tls_tickets_bind(struct tls_tickets *tickets, uint64_t serial, uint64_t device);

/** The door refused: the ticket must not be of use. */
void tls_tickets_drop(struct tls_tickets *tickets, uint64_t serial);

/** Drop all of a device. Cost: a walk over the store; milliseconds when it is full. */
void tls_tickets_drop_device(struct tls_tickets *tickets, uint64_t device);
