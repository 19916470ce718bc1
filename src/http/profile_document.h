/**
 * @file profile_document.h - device profiles as REST documents, both ways.
 *
 * Building: new references, NULL when out of memory. Reading: everything is checked here, nothing is written.
 */
#pragma once

#include "http/call.h"

json_t *profile_document(const struct profile *profile); /* whole, with the provision secret */
json_t *profile_info_document(const struct profile *profile);

/**
 * Read a profile as POSTed.
 *
 * With an `id` the stored profile is loaded first, and the version compared; without, @p ret describes a new one.
 * What profileData leaves out is filled in with what it means. With X509_CERTIFICATE_CHAIN the (first) certificate in
 * provisionDeviceSecret becomes the base64 of its DER, as the platform returns certificates, and provisionDeviceKey
 * its fingerprint; a certificate that is new to the profile must be one whose key, signature and dates may be used
 * now.
 * @param ret         to be given back by profile_fini(); untouched on failure
 * @param ret_exists  whether it had an id
 * @return ERR_OK · ERR_INVALID · ERR_NOT_FOUND (id) · ERR_CONFLICT (older version) · as the registry
 */
MUST_USE err_t profile_read(struct call *call, const json_t *body, struct profile *ret, bool *ret_exists,
                            struct problem *problem);
