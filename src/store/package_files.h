/**
 * @file package_files.h - the bytes of packages: one file each, DIR/packages/<id>, never changed once it is there.
 *
 * An upload goes to a file of a temporary name in pieces, its checksum computed on the way, and gets its name when it
 * is whole, verified and synced. So a crash leaves either the whole file or a leftover, which package_files_sweep()
 * removes at the next start. Which files count is the registry's to say: whoever uploads tells the registry after
 * package_upload_finish(), and removes the file again if that fails.
 *
 * Any number of threads may call at once, each with an upload of its own. Everything here blocks on disk: worker
 * threads and start-up.
 * Errors everywhere: ERR_IO, ERR_FULL (disk full), ERR_NOMEM, beyond those named.
 */
#pragma once

#include "model/ota_package.h"

struct package_files;
struct package_upload;

/** Open DIR/packages, which is made (0700) when missing. */
MUST_USE err_t package_files_open(const char *dir, struct package_files **ret, struct problem *problem);
void package_files_close(struct package_files *files); /* NULL allowed; no upload may be under way */

/** Remove temporary files, and files that @p is_kept does not want. Before the first upload. */
MUST_USE err_t package_files_sweep(struct package_files *files,
                                   bool (*is_kept)(void *arg, const struct uuid *id), void *arg,
                                   struct problem *problem);

/** @param ret_fd  for reading; the caller's to close. @return ERR_OK · ERR_NOT_FOUND */
MUST_USE err_t package_files_read(struct package_files *files, const struct uuid *id, int *ret_fd,
                                  struct problem *problem);

/** Descriptors that are open go on reading. A file that is not there is no error. */
MUST_USE err_t package_files_remove(struct package_files *files, const struct uuid *id,
                                    struct problem *problem);

/** @param max  bytes; more is ERR_LIMIT in package_upload_write() */
MUST_USE err_t package_upload_begin(struct package_files *files, enum checksum_algorithm algorithm,
                                    uint64_t max, struct package_upload **ret, struct problem *problem);

/** @return ERR_OK · ERR_LIMIT. After an error the upload can only be ended. */
MUST_USE err_t package_upload_write(struct package_upload *upload, struct slice bytes,
                                    struct problem *problem);

/**
 * Verify, sync, and make it the file of package @p id.
 * @param expected  the checksum it must have, in hex of either case; empty: whatever it has
 * @param ret       data_size, checksum_algorithm and checksum are filled in on ERR_OK
 * @return ERR_OK · ERR_INVALID (no bytes; another checksum: the sentence tells both) · ERR_CONFLICT (the package has
 *         its file already)
 */
MUST_USE err_t package_upload_finish(struct package_upload *upload, const struct uuid *id,
                                     struct slice expected, struct ota_package *ret, struct problem *problem);

/** Remove what was not finished, and free. NULL allowed. */
void package_upload_end(struct package_upload *upload);
