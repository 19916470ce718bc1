/**
 * @file firmware.h - what devices load: the package each is to install (registry_ota_of_device()), whole or in chunks.
 *
 * Over MQTT a download is a series of requests with one id. Chunk 0 decides which package it is; later chunks of the
 * same id are of that package, even when the device has been assigned another one meanwhile, and as large as those
 * before unless they say otherwise. This is remembered for one download a device and type, of FIRMWARE_DOWNLOADS at
 * once; what is forgotten (also by a restart) goes on with the package that is assigned now.
 * Chunks and errors go to the device that asked whether it subscribed to them or not, as ThingsBoard's do.
 * Worker threads; blocks on disk. Spec: device API section 8.
 */
#pragma once

#include "hub/request.h"
#include "model/ota_package.h"

enum {
    FIRMWARE_DOWNLOADS = 65536, /* remembered; the one that has been silent longest makes room */
    FIRMWARE_FILES = 16,        /* kept open */
};

struct firmware;

MUST_USE err_t firmware_new(struct hub *hub, struct firmware **ret);
void firmware_free(struct firmware *firmware); /* NULL allowed */

struct firmware_chunk {
    uint64_t device; /* number */
    enum ota_type type;
    uint32_t request_id, index;
    bool has_size;
    uint32_t size; /* bytes of a chunk, 0 = the whole file; without has_size: as in the request before */
    size_t max;    /* bytes an answer may have */
};

/**
 * Append a chunk to @p out; nothing when it lies beyond the end.
 * @return ERR_OK · ERR_NOT_FOUND (nothing is assigned, or it is to be loaded from its url) · ERR_LIMIT (more than max)
 *         · ERR_IO · ERR_NOMEM
 */
MUST_USE err_t firmware_read_chunk(struct firmware *firmware, const struct firmware_chunk *chunk,
                                   struct buf *out, struct problem *problem);

/**
 * The device's package as a file, for HTTP. Title and version say what the device thinks it is.
 * @param ret     to be given back by ota_package_fini()
 * @param ret_fd  for reading, the caller's to close; ret->data_size bytes
 * @return ERR_OK · ERR_NOT_FOUND (as above) · ERR_INVALID (it is another one; field "title" or "version")
 */
MUST_USE err_t firmware_open(struct hub *hub, uint64_t device, enum ota_type type, struct slice title,
                             struct slice version, struct ota_package *ret, int *ret_fd,
                             struct problem *problem);

/** Delete a package and its file. @return as registry_ota_delete() */
MUST_USE err_t firmware_delete(struct hub *hub, const struct uuid *tenant, const struct uuid *id,
                               struct problem *problem);

/** The worker of v2/fw/request/$id/chunk/$n and v2/sw/..; what goes wrong is told on v2/fw/error, v2/sw/error. */
MUST_USE err_t firmware_answer(struct request *request, struct problem *problem);
