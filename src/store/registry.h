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
#include "model/ota_package.h"
#include "model/rpc.h"

struct registry;
struct audit_entry;
struct audit_bounds;

enum sort_order { SORT_ASCENDING, SORT_DESCENDING };
enum device_sort {
    DEVICE_SORT_CREATED,
    DEVICE_SORT_NAME,
    DEVICE_SORT_TYPE,
    DEVICE_SORT_LABEL,
    DEVICE_SORT_ACTIVITY, /* when last heard */
    DEVICE_SORT_EXPIRY,   /* of the certificate; one that there is not never ends */
    DEVICE_SORT_NUMBER,   /* ascending only, behind after_number: to walk all of them while they change */
};

/**
 * What is known of devices in memory only. Called within queries, on the caller's thread, for every match; must not ask the
 * registry.
 */
struct device_judge {
    void *arg;
    int64_t (*last_activity_ms)(void *arg, uint64_t device); /* 0: never */
    bool (*is_active)(void *arg, uint64_t device);
    unsigned (*connections)(void *arg, uint64_t device); /* now */
};

enum device_asked { ASKED_ANY, ASKED_NO, ASKED_YES };

/** Each device is in one of the last four. Valid: for longer than what counts as expiring. */
enum certificate_state {
    CERTIFICATE_ANY,
    CERTIFICATE_NONE,
    CERTIFICATE_VALID,
    CERTIFICATE_EXPIRING,
    CERTIFICATE_EXPIRED
};

struct device_query {
    struct uuid tenant_id;
    struct slice text_search; /* part of name, label or type, without case; empty = all */
    struct slice type;        /* exact profile name; empty = all */
    struct slice types;       /* JSON array of them; empty = all */
    struct uuid profile_id;   /* nil = all */
    struct uuid customer_id;  /* whose they are; nil = all */
    struct uuid group_id;     /* in this group, which is none of the groups "All"; nil = all */
    struct uuid
        viewer_id; /* what users of this customer see: its own and what is shared with it; nil = all */
    const struct device_judge *judge; /* for the next two and DEVICE_SORT_ACTIVITY; borrowed */
    enum device_asked active, never_connected;
    enum certificate_state certificate;
    int64_t now_ms,
        expiring_ms; /* for certificate: wall clock, and how long before its end one is expiring */
    enum device_sort sort;
    enum sort_order order;
    uint64_t after_number; /* with DEVICE_SORT_NUMBER, whose page is 0 */
    uint32_t page_size;    /* 1..1024 */
    uint32_t page;         /* from 0 */
};

struct device_page {
    struct device *devices; /* heap array */
    size_t count;
    uint64_t total; /* of the whole query; not counted with DEVICE_SORT_NUMBER */
};
void device_page_fini(struct device_page *page);

enum customer_sort { CUSTOMER_SORT_CREATED, CUSTOMER_SORT_TITLE };

struct customer_query {
    struct uuid tenant_id;
    struct slice text_search; /* part of the title, without case; empty = all */
    enum customer_sort sort;
    enum sort_order order;
    uint32_t page_size; /* 1..1000 */
    uint32_t page;      /* from 0 */
};

struct customer_page {
    struct customer *customers; /* heap array */
    size_t count;
    uint64_t total; /* of the whole query */
};
void customer_page_fini(struct customer_page *page);

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

/* Tenants, users, logins and keys: registry_people.h. The first tenant, its group "All" and its profile "default" are
 * made with the registry. */
MUST_USE err_t registry_tenant_default(struct registry *r, struct uuid *ret_tenant, struct problem *p);

/* Customers. */
/** Create: tenant_id, title, contact and additional_info are taken, the rest is filled in. CONFLICT: field "title"; NOT_FOUND: no such tenant. */
MUST_USE err_t registry_customer_add(struct registry *r, struct customer *customer, struct problem *p);
/** Save the same members; customer->version must be the stored one, and rises. CONFLICT: field "title" or "version" */
MUST_USE err_t registry_customer_update(struct registry *r, struct customer *customer, struct problem *p);
MUST_USE err_t registry_customer_by_title(struct registry *r, const struct uuid *tenant, struct slice title,
                                          struct customer *ret, struct problem *p);
MUST_USE err_t registry_customer_get(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                                     struct customer *ret, struct problem *p);
MUST_USE err_t registry_customer_page(struct registry *r, const struct customer_query *query,
                                      struct customer_page *ret, struct problem *p);
/** With its users and their logins; its devices become nobody's. Cost: a row for each device. */
MUST_USE err_t registry_customer_delete(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                                        struct problem *p);

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
enum { AUTHORITY_PROFILES_MAX = 16 };
/**
 * Profiles of whatever tenant with X509_CHAIN whose authority's subject has this hash (pki/chain.h), the first made
 * first, AUTHORITY_PROFILES_MAX at most: to be tried one after the other. None is no error.
 */
MUST_USE err_t registry_profiles_by_authority(struct registry *r, uint32_t subject_hash,
                                              struct uuid ret_ids[AUTHORITY_PROFILES_MAX], size_t *ret_count,
                                              struct problem *p);
MUST_USE err_t registry_profile_list(struct registry *r, const struct profile_query *query,
                                     struct profile_page *ret, struct problem *p);
/**
 * Create. @p profile: tenant_id, name, description, transport, provision_type, provision_key, firmware_id,
 * software_id and profile_data are taken, the rest is filled in; it is not the default one.
 * @return ERR_CONFLICT with field "name" or "provisionDeviceKey" (another profile has it); NOT_FOUND: no such
 *         tenant; INVALID with field "firmwareId" or "softwareId" (no such package, or not one for this profile)
 */
MUST_USE err_t registry_profile_add(struct registry *r, struct profile *profile, struct problem *p);
/**
 * Save the same members; profile->version must be the stored one, and rises; is_default stays as it is stored.
 * The `type` of the profile's devices follows its name, in the same transaction.
 * @return CONFLICT: field "name", "provisionDeviceKey" or "version"; NOT_FOUND; INVALID: as registry_profile_add()
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
 * customer_id (nil is nobody), firmware_id, software_id, additional_info are taken, the rest is filled in, `type` with the profile's
 * name; likewise @p credentials (type, credentials_id, value taken). Names must have passed
 * entity_check_name().
 * @return ERR_CONFLICT with field "name" ("Device with such name already exists!") or "credentialsId"
 *         ("Specified credentials are already registered!"); ERR_INVALID with field "deviceProfileId",
 *         "firmwareId" or "softwareId" (no such package, or not one for this device), or "customerId"
 */
MUST_USE err_t registry_device_add(struct registry *r, struct device *device, struct credentials *credentials,
                                   struct problem *p);
/**
 * Save name, label, profile_id (and with it type), customer_id, firmware_id, software_id, additional_info; device->version must be the
 * stored one, and rises. @p credentials, unless NULL, replace the device's in the same transaction, as
 * registry_credentials_save() does.
 * @return CONFLICT: field "name", "version" or "credentialsId"; INVALID: as registry_device_add()
 */
MUST_USE err_t registry_device_update(struct registry *r, struct device *device,
                                      struct credentials *credentials, struct problem *p);

/** One of many devices that are written together. */
struct device_write {
    struct device *device;
    struct credentials *credentials; /* NULL with an update: they stay */
    bool is_update;                  /* else it is added */
    err_t result; /* ERR_OK · what registry_device_add() or _update() would refuse it by */
    struct problem problem;
};
/**
 * Add and update devices in one transaction; what is refused costs the others nothing, its entry says why.
 * @return ERR_OK: those whose result is ERR_OK are on disk · an error of the store: none is
 */
MUST_USE err_t registry_device_write_many(struct registry *r, struct device_write *writes, size_t count,
                                          struct problem *p);
MUST_USE err_t registry_device_get(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                                   struct device *ret, struct problem *p);
MUST_USE err_t registry_device_by_name(struct registry *r, const struct uuid *tenant, const char *name,
                                       struct device *ret, struct problem *p);
/** How long the profile of a device keeps points, by the number of its series: seconds, 0 for ever, -1 not said. */
MUST_USE err_t registry_telemetry_ttl(struct registry *r, uint64_t device, int64_t *ret_s, struct problem *p);
/** Whether any profile says. */
MUST_USE err_t registry_telemetry_ttl_is_set(struct registry *r, bool *ret, struct problem *p);
/** By the number of its series, whichever tenant's: for devices that are past the door. */
MUST_USE err_t registry_device_by_number(struct registry *r, uint64_t number, struct device *ret,
                                         struct problem *p);
struct device_overview {
    uint64_t total, active, never_connected, connections;
    uint64_t expired, expiring_1_day, expiring_7_days,
        expiring_30_days; /* each with those before, without the expired */
};
/** Counts of the tenant's devices. @param viewer  of those that users of this customer see; nil = all. Walks them: 0.1 s of 100 000. */
MUST_USE err_t registry_device_overview(struct registry *r, const struct uuid *tenant,
                                        const struct uuid *viewer, const struct device_judge *judge,
                                        int64_t now_ms, struct device_overview *ret, struct problem *p);

/** What kind of credentials a device has, and when its certificate expires (0: it has none). */
MUST_USE err_t registry_credentials_expiry(struct registry *r, uint64_t device,
                                           enum credentials_type *ret_type, int64_t *ret_not_after_ms,
                                           struct problem *p);

MUST_USE err_t registry_device_page(struct registry *r, const struct device_query *query,
                                    struct device_page *ret, struct problem *p);
/** Profiles that have devices, by name. */
MUST_USE err_t registry_device_types(struct registry *r, const struct uuid *tenant, struct profile_page *ret,
                                     struct problem *p);

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

/** A certificate that an authority vouches for, and the device that it names (hub/door_chain.h). */
struct enrolment {
    struct uuid profile_id;
    int64_t profile_version; /* of what it was judged by */
    const char *device_name; /* has passed entity_check_name() */
    bool may_create;         /* a device that is not there */
    const char *fingerprint; /* 64 hex */
    const char *base64;      /* of the DER */
    int64_t not_before_ms;
    /* What the audit log puts down in the same transaction, if a device was made or changed: address and data are the
     * caller's, the rest is filled in. NULL: nothing */
    const struct audit_entry *audit;
    const struct audit_bounds *audit_bounds;
};
enum enrolment_outcome {
    ENROLMENT_KNOWN,    /* it has been registered meanwhile: nothing was changed */
    ENROLMENT_CREATED,  /* a new device has it */
    ENROLMENT_REPLACED, /* the device has it instead of the credentials it had */
};
/**
 * Make the certificate the credentials of the device of that name in the profile, which is created if need be; one
 * transaction. Certificates replace each other in one direction: one whose notBefore is before that of the
 * newest which the device had, or which was the device's and was replaced (by this or by
 * registry_credentials_save()), does not come back.
 * @return ERR_OK · ERR_AGAIN (the profile has another version: judge anew) · ERR_DENIED (the sentence says why) ·
 *         ERR_CONFLICT (other credentials have this fingerprint for an id)
 */
MUST_USE err_t registry_enrol(struct registry *r, const struct enrolment *enrolment, struct door_entry *ret,
                              enum enrolment_outcome *ret_outcome, struct problem *p);

/* Groups: registry_groups.h. */

/* Packages of firmware and software. The registry knows what was uploaded; the bytes are package_files.h's. */
enum ota_sort {
    OTA_SORT_CREATED,
    OTA_SORT_TITLE,
    OTA_SORT_VERSION,
    OTA_SORT_TAG,
    OTA_SORT_TYPE,
    OTA_SORT_SIZE
};

struct ota_query {
    struct uuid tenant_id;
    struct slice text_search; /* part of the title, without case; empty = all */
    struct uuid profile_id;   /* those for devices of this profile, those for any included; nil = all */
    enum ota_type type;       /* 0 = both */
    bool with_data;           /* only those that can be assigned */
    enum ota_sort sort;
    enum sort_order order;
    uint32_t page_size; /* 1..1000 */
    uint32_t page;      /* from 0 */
};

struct ota_page {
    struct ota_package *packages;
    size_t count;
    uint64_t total;
};
void ota_page_fini(struct ota_page *page);

/** Create: id, created_ms and version are filled in. @return CONFLICT: field "title" · INVALID: "deviceProfileId" */
MUST_USE err_t registry_ota_add(struct registry *r, struct ota_package *package, struct problem *p);
/** Save additional_info; the rest of @p package is as stored. @return CONFLICT: field "version" · NOT_FOUND */
MUST_USE err_t registry_ota_update(struct registry *r, struct ota_package *package, struct problem *p);
/**
 * What was uploaded: file_name, content_type, checksum_algorithm, checksum, data_size.
 * @return CONFLICT (there is something already, or a url) · NOT_FOUND
 */
MUST_USE err_t registry_ota_set_data(struct registry *r, struct ota_package *package, struct problem *p);
MUST_USE err_t registry_ota_get(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                                struct ota_package *ret, struct problem *p);
/** What the device is to install: its own package, else its profile's. NOT_FOUND: nothing. */
MUST_USE err_t registry_ota_of_device(struct registry *r, uint64_t device, enum ota_type type,
                                      struct ota_package *ret, struct problem *p);
MUST_USE err_t registry_ota_page(struct registry *r, const struct ota_query *query, struct ota_page *ret,
                                 struct problem *p);
/** @return INVALID (assigned to a device or a profile) · NOT_FOUND. The file is the caller's to remove afterwards. */
MUST_USE err_t registry_ota_delete(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                                   struct problem *p);
/** Is there a package of this id, of whatever tenant, whose bytes were uploaded? */
MUST_USE err_t registry_ota_is_uploaded(struct registry *r, const struct uuid *id, bool *ret,
                                        struct problem *p);

/**
 * Devices that are to be told what to install. Whatever changes an assignment leaves a notice in the same transaction;
 * hub/rollout.h works on them.
 */
struct ota_notice {
    int64_t number;
    enum ota_type type;
    uint64_t device;      /* 0: a profile's */
    uint64_t profile;     /* the store's own number of it; 0: a device's */
    uint64_t next_device; /* those before have been told */
    int64_t created_ms;
};

/**
 * The oldest notice. NOT_FOUND: none.
 * @param ret_package  what is to be installed, as registry_ota_of_device(); its id is nil when there is nothing
 */
MUST_USE err_t registry_ota_notice_next(struct registry *r, struct ota_notice *ret,
                                        struct ota_package *ret_package, struct problem *p);
/** Numbers of the next devices it is about, rising, at most @p max. None: all have been told. */
MUST_USE err_t registry_ota_notice_devices(struct registry *r, const struct ota_notice *notice,
                                           uint64_t *devices, size_t max, size_t *ret_count,
                                           struct problem *p);
/** Devices before @p next_device have been told; 0: all have, and the notice goes. Does nothing when it was
 *  replaced meanwhile. */
MUST_USE err_t registry_ota_notice_advance(struct registry *r, const struct ota_notice *notice,
                                           uint64_t next_device, struct problem *p);

/* Persistent calls to devices. */
struct rpc_query {
    uint64_t device;
    enum rpc_status status; /* 0 = any */
    enum sort_order order;  /* of creation */
    uint32_t page_size;     /* 1..1000 */
    uint32_t page;          /* from 0 */
};

struct rpc_page {
    struct rpc *rpcs;
    size_t count;
    uint64_t total;
};
void rpc_page_fini(struct rpc_page *page);

/** Create, QUEUED: number, id, status and created_ms are filled in; device is the number.
 *  @return LIMIT: @p max_open calls of the device are open · NOT_FOUND: no such device */
MUST_USE err_t registry_rpc_add(struct registry *r, struct rpc *rpc, uint32_t max_open, struct problem *p);
MUST_USE err_t registry_rpc_get(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                                struct rpc *ret, struct problem *p);
/** @param ret  as it was */
MUST_USE err_t registry_rpc_delete(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                                   struct rpc *ret, struct problem *p);
MUST_USE err_t registry_rpc_page(struct registry *r, const struct rpc_query *query, struct rpc_page *ret,
                                 struct problem *p);

/** What happened to a call: that of this number, or if it is 0 the open one of (device, request_id). */
struct rpc_progress {
    uint64_t number;
    uint64_t device;
    uint32_t request_id;
    enum rpc_step step;
    struct slice response; /* of RPC_STEP_ANSWERED: JSON */
};
/** rpc_advance(), kept. @param ret  as it is now, changed or not */
MUST_USE err_t registry_rpc_advance(struct registry *r, const struct rpc_progress *progress, struct rpc *ret,
                                    struct problem *p);
/** Open calls whose time is over become EXPIRED; some that are no longer open and were made before @p keep_from_ms
 *  are forgotten. @param ret_next_ms  when the next one expires; INT64_MAX = none */
MUST_USE err_t registry_rpc_expire(struct registry *r, int64_t now_ms, int64_t keep_from_ms,
                                   int64_t *ret_next_ms, struct problem *p);
/** Open calls of a device with higher numbers than @p after, rising. */
MUST_USE err_t registry_rpc_open_of_device(struct registry *r, uint64_t device, uint64_t after,
                                           struct rpc *rows, size_t max, size_t *ret_count,
                                           struct problem *p);
/** Is there anything to be done for the call of this number? Deleted ones are not open. */
MUST_USE err_t registry_rpc_is_open(struct registry *r, uint64_t number, bool *ret, struct problem *p);
/** Devices with open calls, with higher numbers than @p after, rising. */
MUST_USE err_t registry_rpc_open_devices(struct registry *r, uint64_t after, uint64_t *devices, size_t max,
                                         size_t *ret_count, struct problem *p);
