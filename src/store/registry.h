/**
 * @file registry.h - where entities live: users, logins, profiles, devices, credentials, groups, secrets.
 *
 * The interface is a table of functions so that SQLite (store/sqlite) and, scaled out, PostgreSQL can stand
 * behind it; one conformance suite tests every implementation (tests/unit/store).
 * Every call may block on disk: worker threads, the command line and start-up only; never a reactor or http's
 * loop. Any number of threads may call at once. A write has been synced when it returns ERR_OK.
 * Everything a person can reach is looked up within a tenant: another tenant's id is ERR_NOT_FOUND.
 * Out-parameters are untouched on failure; records filled by a call are the caller's to _fini.
 * Errors everywhere: ERR_IO, ERR_FULL (disk full; reads go on), ERR_NOMEM, beyond those named.
 */
#pragma once

#include "model/entity.h"

struct registry;

enum sort_order { SORT_ASCENDING, SORT_DESCENDING };
enum device_sort { DEVICE_SORT_CREATED, DEVICE_SORT_NAME, DEVICE_SORT_TYPE, DEVICE_SORT_LABEL };

struct device_query {
    struct uuid tenant_id;
    struct slice text_search; /* part of name, label or type, without case; empty = all */
    struct slice type;        /* exact profile name; empty = all */
    struct uuid profile_id;   /* nil = all */
    struct uuid customer_id;  /* nil = all */
    enum device_sort sort;
    enum sort_order order;
    uint32_t page_size; /* 1..1000 */
    uint32_t page;      /* from 0 */
};

struct device_page {
    struct device *devices; /* heap array */
    size_t count;
    uint64_t total; /* of the whole query */
};
void device_page_fini(struct device_page *page);

enum profile_sort {
    PROFILE_SORT_NAME,
    PROFILE_SORT_CREATED,
    PROFILE_SORT_TRANSPORT,
    PROFILE_SORT_DESCRIPTION,
    PROFILE_SORT_DEFAULT
};

struct profile_query {
    struct uuid tenant_id;
    struct slice text_search; /* part of the name, without case; empty = all */
    bool has_transport;       /* only profiles of this transport */
    enum profile_transport transport;
    enum profile_sort sort;
    enum sort_order order;
    uint32_t page_size; /* 1..1000 */
    uint32_t page;      /* from 0 */
};

struct profile_page {
    struct profile *profiles; /* heap array */
    size_t count;
    uint64_t total; /* of the whole query */
};
void profile_page_fini(struct profile_page *page);

/**
 * Open (and migrate) the registry below @p dir; with @p create the directory (0700) and the registry are made
 * when missing. One process at a time: the caller holds the data lock (store/lockfile.h).
 * @return ERR_OK · ERR_NOT_FOUND (no such store and !create) · ERR_INVALID (newer schema, or not a registry)
 */
MUST_USE err_t registry_open(const char *dir, bool create, struct registry **ret, struct problem *problem);
void registry_close(struct registry *registry); /* NULL allowed */

/* Secrets of the installation: made on first use, random, 0600 with the store ("jwt" -> 64 bytes); at most
 * 256 bytes. ERR_INVALID: exists with another size. */
MUST_USE err_t registry_secret(struct registry *r, const char *name, uint8_t *out, size_t size,
                               struct problem *p);

/* Tenants and users. The first tenant, its group "All" and its profile "default" are made by create(). */
MUST_USE err_t registry_tenant_default(struct registry *r, struct uuid *ret_tenant, struct problem *p);
/* The caller fills in all members (id too). CONFLICT: e-mail (field "email"); NOT_FOUND: no such tenant. */
MUST_USE err_t registry_user_add(struct registry *r, const struct user *user, struct problem *p);
MUST_USE err_t registry_user_by_email(struct registry *r, struct slice email, struct user *ret,
                                      struct problem *p);
MUST_USE err_t registry_user_by_id(struct registry *r, const struct uuid *id, struct user *ret,
                                   struct problem *p);
MUST_USE err_t registry_user_set_password(struct registry *r, const struct uuid *id, const char *hash,
                                          struct problem *p); /* also ends all logins of the user */

/* add: NOT_FOUND when there is no such user. get: NOT_FOUND when ended or expired. */
MUST_USE err_t registry_login_add(struct registry *r, const struct login *login, struct problem *p);
MUST_USE err_t registry_login_get(struct registry *r, const struct uuid *id, struct login *ret,
                                  struct problem *p);
MUST_USE err_t registry_login_end(struct registry *r, const struct uuid *id,
                                  struct problem *p); /* idempotent */

/* Profiles. */
MUST_USE err_t registry_profile_default(struct registry *r, const struct uuid *tenant, struct profile *ret,
                                        struct problem *p);
MUST_USE err_t registry_profile_get(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                                    struct profile *ret, struct problem *p);
/** Find by name, or create with the default configuration (a device saved with a new `type` makes a profile).
 */
MUST_USE err_t registry_profile_by_name(struct registry *r, const struct uuid *tenant, const char *name,
                                        bool create, struct profile *ret, struct problem *p);
/** The platform's own question, not a person's: of whatever tenant. */
MUST_USE err_t registry_profile_by_id(struct registry *r, const struct uuid *id, struct profile *ret,
                                      struct problem *p);
/** Whose key a device shows, of whatever tenant; with X509_CHAIN the fingerprint of its authority. */
MUST_USE err_t registry_profile_by_provision_key(struct registry *r, struct slice key, struct profile *ret,
                                                 struct problem *p);
MUST_USE err_t registry_profile_list(struct registry *r, const struct profile_query *query,
                                     struct profile_page *ret, struct problem *p);
/**
 * Create. @p profile: tenant_id, name, description, transport, provision_type, provision_key, firmware_id,
 * software_id and profile_data are taken, the rest is filled in; it is not the default one.
 * @return ERR_CONFLICT with field "name" or "provisionDeviceKey" (another profile has it); NOT_FOUND: no such
 *         tenant
 */
MUST_USE err_t registry_profile_add(struct registry *r, struct profile *profile, struct problem *p);
/**
 * Save the same members; profile->version must be the stored one, and rises; is_default stays as it is stored.
 * The `type` of the profile's devices follows its name, in the same transaction.
 * @return CONFLICT: field "name", "provisionDeviceKey" or "version"; NOT_FOUND
 * Cost: a new name rewrites a row for each of its devices.
 */
MUST_USE err_t registry_profile_update(struct registry *r, struct profile *profile, struct problem *p);
/** @return CONFLICT: it has devices (field "devices"), or is the default one (field "default"); NOT_FOUND */
MUST_USE err_t registry_profile_delete(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                                       struct problem *p);
/** Make it the one new devices get; the versions of this and the former one rise. No change if it is already. */
MUST_USE err_t registry_profile_set_default(struct registry *r, const struct uuid *tenant,
                                            const struct uuid *id, struct problem *p);

/**
 * Create a device and its credentials in one transaction. @p device: name, profile_id, label, tenant_id,
 * customer_id (nil is nobody), additional_info are taken, the rest is filled in, `type` with the profile's
 * name; likewise @p credentials (type, credentials_id, value taken). Names must have passed
 * entity_check_name().
 * @return ERR_CONFLICT with field "name" ("Device with such name already exists!") or "credentialsId"
 *         ("Specified credentials are already registered!"); ERR_INVALID with field "deviceProfileId"
 */
MUST_USE err_t registry_device_add(struct registry *r, struct device *device, struct credentials *credentials,
                                   struct problem *p);
/**
 * Save name, label, profile_id (and with it type), customer_id, additional_info; device->version must be the
 * stored one, and rises. @p credentials, unless NULL, replace the device's in the same transaction, as
 * registry_credentials_save() does.
 * @return CONFLICT: field "name", "version" or "credentialsId"; INVALID: "deviceProfileId"
 */
MUST_USE err_t registry_device_update(struct registry *r, struct device *device,
                                      struct credentials *credentials, struct problem *p);
MUST_USE err_t registry_device_get(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                                   struct device *ret, struct problem *p);
MUST_USE err_t registry_device_by_name(struct registry *r, const struct uuid *tenant, const char *name,
                                       struct device *ret, struct problem *p);
/** By the number of its series, whichever tenant's: for devices that are past the door. */
MUST_USE err_t registry_device_by_number(struct registry *r, uint64_t number, struct device *ret,
                                         struct problem *p);
/** Delete with its credentials; journals the number, so that its series are deleted even after a crash. */
MUST_USE err_t registry_device_delete(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                                      struct problem *p);
MUST_USE err_t registry_device_page(struct registry *r, const struct device_query *query,
                                    struct device_page *ret, struct problem *p);
/** Profiles that have devices, by name. */
MUST_USE err_t registry_device_types(struct registry *r, const struct uuid *tenant, struct profile_page *ret,
                                     struct problem *p);

/** Device numbers whose series are still to be deleted; forget each when that is done. */
MUST_USE err_t registry_deleted_next(struct registry *r, uint64_t *ret_number,
                                     struct problem *p); /* NOT_FOUND: none */
MUST_USE err_t registry_deleted_forget(struct registry *r, uint64_t number, struct problem *p);

/* Credentials. */
MUST_USE err_t registry_credentials_get(struct registry *r, const struct uuid *tenant,
                                        const struct uuid *device, struct credentials *ret,
                                        struct problem *p);
/** Replace type, id and value of the credentials with this id and device_id; the version as in device_update.
 *  CONFLICT: field "credentialsId" or "version". */
MUST_USE err_t registry_credentials_save(struct registry *r, const struct uuid *tenant, struct credentials *c,
                                         struct problem *p);
/** The door's question. NOT_FOUND when not registered. */
MUST_USE err_t registry_door_find(struct registry *r, enum credentials_type type, struct slice credentials_id,
                                  struct door_entry *ret, struct credentials *ret_credentials_or_null,
                                  struct problem *p);

/* Groups: the owner's "All". */
MUST_USE err_t registry_group_all(struct registry *r, const struct uuid *tenant, struct group *ret,
                                  struct problem *p);
MUST_USE err_t registry_group_get(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                                  struct group *ret, struct problem *p);
