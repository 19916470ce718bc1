/**
 * @file door_chain.h - login with a certificate that nobody has registered, because an authority vouches for it.
 *
 * A device profile with the strategy X509_CERTIFICATE_CHAIN has the certificate of an authority, or of an intermediate
 * one. It vouches for a leaf when RFC 5280 finds a valid path to it (pki/chain.h); the leaf's common name then says
 * which device it is (pki/name_pattern.h). A device of that name in the profile gets the leaf as its credentials, whatever
 * they were (rotation): the sessions it had end before the answer, and the certificate that was replaced, or an older
 * one, does not return. If there is none it is created, if the profile allows. From then on the leaf is registered
 * and its logins take the short way of door.h.
 * Certificates of devices vouch for nobody. Nearer authorities go before those further up. Spec: device API 1, 6.3.
 */
#pragma once

#include "hub/hub.h"
#include "pki/chain.h"

/**
 * @param presented  the leaf, which must not be registered and must be proven to be the client's own, and what came
 *                   with it; borrowed for the call
 * @param address_or_null  of the peer, 16 bytes: the audit log names it when a device is made or gets new credentials
 * @param problem    the sentence for the log and the device, unless ERR_OK
 * @return ERR_OK · ERR_NOT_FOUND (no authority is concerned) · ERR_DENIED · ERR_LIMIT (a profile that changes all the
 *         time) · ERR_IO ..
 * Worker threads; blocks on the registry, and on every reactor when sessions have to end.
 * Cost: two look-ups for a stranger; a signature verification for each certificate of the path for who is vouched for.
 */
MUST_USE err_t door_chain_admit(struct hub *hub, const struct chain_der *presented,
                                const uint8_t *address_or_null, struct door_entry *ret,
                                struct problem *problem);
