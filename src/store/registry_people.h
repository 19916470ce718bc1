/**
 * @file registry_people.h - the registry's part about people: tenants, users, logins, activations, API keys.
 *
 * As registry.h says of all its calls. Whether somebody may look at a user is the caller's question (http/access.h).
 */
#pragma once

#include "store/registry.h"

/* ---- tenants ---- */

struct tenant_query {
    struct slice text_search; /* part of the title, without case; empty = all */
    enum sort_order order;    /* by creation */
    uint32_t page_size;       /* 1..1000 */
    uint32_t page;            /* from 0 */
};
struct tenant_page {
    struct tenant *tenants; /* heap array */
    size_t count;
    uint64_t total; /* of the whole query */
};
void tenant_page_fini(struct tenant_page *page);

/** Create with its group "All" and its profile "default". @p tenant: title is taken, the rest is filled in. */
MUST_USE err_t registry_tenant_add(struct registry *r, struct tenant *tenant, struct problem *p);
/** Save the title; tenant->version must be the stored one, and rises. NOT_FOUND; CONFLICT: field "version" */
MUST_USE err_t registry_tenant_update(struct registry *r, struct tenant *tenant, struct problem *p);
MUST_USE err_t registry_tenant_get(struct registry *r, const struct uuid *id, struct tenant *ret,
                                   struct problem *p);
MUST_USE err_t registry_tenant_page(struct registry *r, const struct tenant_query *query,
                                    struct tenant_page *ret, struct problem *p);
/**
 * With its users, customers, profiles, groups and packages.
 * @return NOT_FOUND; CONFLICT: it has devices (field "devices"), which are to be deleted one by one before, or is the
 *         first one (field "default")
 */
MUST_USE err_t registry_tenant_delete(struct registry *r, const struct uuid *id, struct problem *p);

/* ---- users ---- */

enum user_sort { USER_SORT_CREATED, USER_SORT_EMAIL };

struct user_query {
    struct uuid tenant_id;    /* nil = of the installation: SYS_ADMIN */
    struct uuid customer_id;  /* nil = all */
    enum authority authority; /* 0 = all */
    struct slice text_search; /* part of e-mail or name, without case; empty = all */
    enum user_sort sort;
    enum sort_order order;
    uint32_t page_size; /* 1..1000 */
    uint32_t page;      /* from 0 */
};
struct user_page {
    struct user *users; /* heap array */
    size_t count;
    uint64_t total; /* of the whole query */
};
void user_page_fini(struct user_page *page);

/* The caller fills in all members (id too); with an empty password_hash the user cannot log in. CONFLICT: e-mail
 * (field "email"); NOT_FOUND: no such tenant; INVALID: field "customerId" (not one of the tenant's). */
MUST_USE err_t registry_user_add(struct registry *r, const struct user *user, struct problem *p);
/** Save email, first_name, last_name and phone; user->version must be the stored one, and rises. NOT_FOUND;
 *  CONFLICT: field "email" or "version" */
MUST_USE err_t registry_user_update(struct registry *r, struct user *user, struct problem *p);
/** With the logins, links and keys. */
MUST_USE err_t registry_user_delete(struct registry *r, const struct uuid *id, struct problem *p);
MUST_USE err_t registry_user_page(struct registry *r, const struct user_query *query, struct user_page *ret,
                                  struct problem *p);
MUST_USE err_t registry_user_by_email(struct registry *r, struct slice email, struct user *ret,
                                      struct problem *p);
MUST_USE err_t registry_user_by_id(struct registry *r, const struct uuid *id, struct user *ret,
                                   struct problem *p);
MUST_USE err_t registry_user_set_password(struct registry *r, const struct uuid *id, const char *hash,
                                          struct problem *p); /* also ends all logins of the user */

/* Activations: links by which users set a password, their first or a new one. The token itself is stored nowhere. */
enum { ACTIVATION_HASH_SIZE = 32 };
struct activation {
    struct uuid user_id;
    uint8_t token_hash[ACTIVATION_HASH_SIZE];
    int64_t expires_ms;
};
/** Replaces an earlier one of the user. NOT_FOUND: no such user. */
MUST_USE err_t registry_activation_set(struct registry *r, const struct activation *activation,
                                       struct problem *p);
/** Whose is it? NOT_FOUND: unknown, used or expired. */
MUST_USE err_t registry_activation_find(struct registry *r, const uint8_t hash[ACTIVATION_HASH_SIZE],
                                        struct uuid *ret_user, struct problem *p);
/** Use it up, set the user's password and end the logins, in one transaction. Errors as _find(). */
MUST_USE err_t registry_activation_take(struct registry *r, const uint8_t hash[ACTIVATION_HASH_SIZE],
                                        const char *password_hash, struct uuid *ret_user, struct problem *p);

/* ---- logins ---- */

enum { LOGINS_MAX = 1000 }; /* of a user; each further one ends the oldest */

/* add: NOT_FOUND when there is no such user. get: NOT_FOUND when ended or expired. */
MUST_USE err_t registry_login_add(struct registry *r, const struct login *login, struct problem *p);
MUST_USE err_t registry_login_get(struct registry *r, const struct uuid *id, struct login *ret,
                                  struct problem *p);
/** It is to end at @p expires_ms, if that is later. One that has ended stays so: ERR_NOT_FOUND. */
MUST_USE err_t registry_login_extend(struct registry *r, const struct uuid *id, int64_t expires_ms,
                                     struct problem *p);
MUST_USE err_t registry_login_end(struct registry *r, const struct uuid *id,
                                  struct problem *p); /* idempotent */
/** Those of a user that stand, the newest first. @p logins  of LOGINS_MAX */
MUST_USE err_t registry_login_list(struct registry *r, const struct uuid *user, struct login *logins,
                                   size_t *ret_count, struct problem *p);
MUST_USE err_t registry_login_end_all(struct registry *r, const struct uuid *user, struct problem *p);

/* ---- API keys ---- */

enum { API_KEYS_MAX = 100 }; /* of a user */

/** The caller fills in all members. LIMIT: the user has API_KEYS_MAX; NOT_FOUND: no such user */
MUST_USE err_t registry_api_key_add(struct registry *r, const struct api_key *key, struct problem *p);
/** By its hash; whether it may be used, the caller looks. */
MUST_USE err_t registry_api_key_find(struct registry *r, const uint8_t hash[API_KEY_HASH_SIZE],
                                     struct api_key *ret, struct problem *p);
MUST_USE err_t registry_api_key_get(struct registry *r, const struct uuid *id, struct api_key *ret,
                                    struct problem *p);
/** Save is_enabled and description. */
MUST_USE err_t registry_api_key_update(struct registry *r, const struct api_key *key, struct problem *p);
MUST_USE err_t registry_api_key_delete(struct registry *r, const struct uuid *id, struct problem *p);
/** The newest first. @p keys  of API_KEYS_MAX */
MUST_USE err_t registry_api_key_list(struct registry *r, const struct uuid *user, struct api_key *keys,
                                     size_t *ret_count, struct problem *p);
