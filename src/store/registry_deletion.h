/**
 * @file registry_deletion.h - the registry's part about the end of devices.
 *
 * A deletion journals the numbers of the devices, so that their series are deleted even after a crash. As registry.h says of all
 * its calls.
 */
#pragma once

#include "store/registry.h"

/**
 * Delete devices with their credentials, in one transaction.
 * @param ret_was_there  of each: it was this tenant's, and is deleted; else there was no such device
 */
MUST_USE err_t registry_devices_delete(struct registry *r, const struct uuid *tenant, const struct uuid *ids,
                                       size_t count, bool *ret_was_there, struct problem *p);
/** One of them. @return NOT_FOUND: there is no such device */
MUST_USE err_t registry_device_delete(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                                      struct problem *p);

/** Device numbers whose series are still to be deleted; forget each when that is done. */
MUST_USE err_t registry_deleted_next(struct registry *r, uint64_t *ret_number,
                                     struct problem *p); /* NOT_FOUND: none */
MUST_USE err_t registry_deleted_forget(struct registry *r, const uint64_t *numbers, size_t count,
                                       struct problem *p);
