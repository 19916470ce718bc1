/**
 * @file profiles.h - the configurations of device profiles, for those who work by them.
 *
 * A configuration (model/profile_config.h) is read from the registry when it is first asked for and kept. Saving
 * a profile replaces it, also for devices that are connected: profiles_changed() tells every doorway (door.h) and
 * returns when all have heard. Who holds a reference goes on with what it holds until then.
 * Any number of threads; one lock, held for a look-up in a table.
 */
#pragma once

#include "hub/hub.h"
#include "model/profile_config.h"

MUST_USE err_t profiles_new(struct profiles **ret);
void profiles_free(struct profiles *profiles); /* NULL allowed */

/**
 * @param ret  a reference, to be given back by profile_config_unref()
 * @return ERR_OK · ERR_NOT_FOUND · ERR_INTERNAL (stored data cannot be read; the sentence says what) · ERR_IO ..
 * Worker threads; blocks on the registry the first time. A reactor gets its devices' from the door.
 */
MUST_USE err_t profiles_get(struct hub *hub, const struct uuid *profile, struct profile_config **ret,
                            struct problem *problem);

/**
 * A profile was saved or deleted: who asks from now on gets it as it is stored. After the registry's commit.
 * Worker threads; blocks until every reactor has heard (milliseconds).
 */
void profiles_changed(struct hub *hub, const struct uuid *profile);
