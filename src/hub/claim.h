/**
 * @file claim.h - a device lets itself be claimed; a customer who knows its secret takes it.
 *
 * What devices have allowed is kept in memory, one entry a device, bounded by claim.max_open, and is forgotten with the
 * process: a device says it again whenever it wants to be claimed. Of the secret only a keyed hash is kept. The owner is
 * the registry's, so that of two customers at once one gets the device. Spec: device API section 5.
 */
#pragma once

#include "hub/request.h"

struct claims;

MUST_USE err_t claims_new(const struct settings *settings, struct claims **ret);
void claims_free(struct claims *claims); /* NULL allowed */

/** What a claim message says. */
struct claim_terms {
    char secret[NAME_SIZE]; /* "": none is needed */
    uint64_t duration_ms;   /* 0: not said */
};

/** Read nothing at all, or {"secretKey"?,"durationMs"?}, leniently. Pure; any thread. ERR_INVALID, ERR_LIMIT */
MUST_USE err_t claim_read(struct slice payload, uint32_t max_depth, struct claim_terms *ret,
                          struct problem *problem);

/**
 * A device may be claimed from now on, for the time it says or claim.duration, whichever is shorter. Replaces what it
 * said before.
 * @return ERR_OK · ERR_INVALID (the payload) · ERR_DENIED (claim.allowed is false) · ERR_LIMIT (claim.max_open) · ERR_NOMEM
 * Any thread; never blocks.
 */
MUST_USE err_t claim_allow(struct hub *hub, uint64_t device, struct slice payload, struct problem *problem);

/** The same in terms that were read already: what a gateway says of @p device. @p duration_ms 0: not said */
MUST_USE err_t claim_allow_terms(struct hub *hub, uint64_t device, struct slice secret, uint64_t duration_ms,
                                 struct problem *problem);

/** Nobody can claim the device any more, unless it allows that anew. Any thread; never blocks. */
void claim_withdraw(struct hub *hub, uint64_t device);

/** Worker's function of TOPIC_CLAIM. */
MUST_USE err_t claim_request_work(struct request *request, struct problem *problem);

/** Who claims. */
struct claimant {
    struct uuid tenant_id, customer_id, user_id;
};

enum claim_outcome {
    CLAIM_SUCCESS, /* the device is the customer's */
    CLAIM_FAILURE, /* no such device, or it allows nothing, or not with this secret: not told apart */
    CLAIM_CLAIMED, /* it is somebody's already */
};
const char *claim_outcome_name(enum claim_outcome outcome); /* "SUCCESS" */

/**
 * Claim the device of this name in the claimant's tenant; that uses up what the device has allowed.
 * @param ret_device  on CLAIM_SUCCESS the device as it is now, for device_fini(); else untouched
 * @return ERR_OK (see @p ret_outcome) · ERR_LIMIT (too many in vain: claim.per_device, claim.per_user) · ERR_INVALID (the
 *         customer is no more) · as the registry. Worker thread; blocks.
 */
MUST_USE err_t claim_device(struct hub *hub, const struct claimant *who, const char *name, const char *secret,
                            enum claim_outcome *ret_outcome, struct device *ret_device,
                            struct problem *problem);

/**
 * The customer gives its device back: it is nobody's, and nobody can claim it before it allows that anew.
 * @return ERR_OK · ERR_NOT_FOUND (not the customer's) · as the registry. Worker thread; blocks.
 */
MUST_USE err_t claim_give_back(struct hub *hub, const struct claimant *who, const char *name,
                               struct uuid *ret_id, struct problem *problem);
