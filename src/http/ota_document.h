/**
 * @file ota_document.h - packages of firmware and software as REST documents, both ways.
 *
 * `version` of these documents is the package's own; the record's version is not shown.
 */
#pragma once

#include "http/call.h"
#include "model/ota_package.h"

/** New reference, NULL when out of memory. */
json_t *ota_document(const struct ota_package *package);

/* For messages. */
#define OTA_ALGORITHMS "MD5, SHA256, SHA384, SHA512, CRC32, MURMUR3_32 or MURMUR3_128"

/**
 * Read a package as POSTed. With an `id` the stored package is loaded first; only additionalInfo may differ from it.
 *
 * @param ret         to be given back by ota_package_fini(); untouched on failure
 * @param ret_exists  whether it had an id
 * @return ERR_OK · ERR_INVALID · ERR_NOT_FOUND · as the registry
 */
MUST_USE err_t ota_read(struct call *call, const json_t *body, struct ota_package *ret, bool *ret_exists,
                        struct problem *problem);
