/**
 * @file gateway_register.h - names that a gateway uses for the first time: found in its tenant, or made there.
 *
 * The message is kept meanwhile. Names are looked up by workers, a few at a turn, so that a message about a thousand new
 * devices does not keep everybody else waiting. A device that is made gets the profile that the gateway names, the
 * gateway's customer, and an access token.
 * Spec: device API section 7, v1/gateway/connect.
 */
#pragma once

#include "hub/ingest.h"

#define GATEWAY_DEFAULT_TYPE "default"

/* With ERR_OK: the device of that name. */
struct gateway_newcomer {
    char name[NAME_SIZE];
    uint64_t number;
    int64_t inactivity_timeout_ms; /* of its profile (model/profile_config.h) */
};

struct gateway_registration {
    struct mail mail; /* the module's, as all that is not said to be the caller's */
    struct hub *hub;
    struct mailbox *home;
    void (*on_done)(void *reactor,
                    struct gateway_registration *registration); /* the caller's; takes it over */

    /* The caller's: the message that waits. */
    struct ingest_source source; /* source.device: the gateway */
    struct topic_match match;
    struct buf texts; /* what source borrows */
    struct buf payload;
    uint64_t revocations; /* the reactor's count when the look-up began */

    char type[NAME_SIZE]; /* name of the profile of devices that are made */
    struct gateway_newcomer *newcomers;
    size_t count, room, done;
    err_t result; /* the first failure's; then nothing is said about numbers */
    struct problem problem;
};

MUST_USE err_t gateway_registration_new(struct hub *hub, struct mailbox *home,
                                        struct gateway_registration **ret);
void gateway_registration_free(struct gateway_registration *registration);

/** @param type  empty: GATEWAY_DEFAULT_TYPE. ERR_INVALID: no name for a profile */
MUST_USE err_t gateway_registration_set_type(struct gateway_registration *registration, struct slice type,
                                             struct problem *problem);

/** ERR_INVALID: no name for a device · ERR_NOMEM */
MUST_USE err_t gateway_registration_add(struct gateway_registration *registration, struct slice name,
                                        struct problem *problem);

/**
 * Begin, or begin again: on_done runs on the home's thread.
 * @return false: the workers' queue is full
 */
bool gateway_registration_start(struct gateway_registration *registration);
