/**
 * @file entity.h - the platform's records: tenant, customer, user, login, device profile, device, credentials, group.
 *
 * Plain data with fixed-size text, NUL-terminated UTF-8; a member that is a pointer is heap memory owned by
 * the record and freed by its _fini. Ids are UUIDs to the outside; a device also has a number, small and
 * never reused, which is its key in the time series.
 */
#pragma once

#include "base/err.h"
#include "base/uuid.h"

enum {
    NAME_SIZE = 256,           /* 255 bytes and the NUL */
    CREDENTIALS_ID_SIZE = 256, /* token, X.509 fingerprint (64 hex) or MQTT_BASIC hash */
    PASSWORD_HASH_SIZE = 128,  /* libsodium's argon2id text form */
    ADDRESS_TEXT_SIZE = 46,    /* an IP address as text, INET6_ADDRSTRLEN */
    API_KEY_HASH_SIZE = 32,
    CONTACT_SIZE = 2048,
    CUSTOMER_INFO_SIZE = 4096,
    ACCESS_TOKEN_MAX = 32,
    ACCESS_TOKEN_GENERATED = 20,
};

/* "Nobody's customer" of the REST API: 13814000-1dd2-11b2-8080-808080808080. */
extern const struct uuid CUSTOMER_NOBODY;

enum authority {
    AUTHORITY_SYS_ADMIN = 1,
    AUTHORITY_TENANT_ADMIN = 2,
    AUTHORITY_CUSTOMER_USER = 3
};                                                    /* stored */
const char *authority_name(enum authority authority); /* "TENANT_ADMIN" */

/** @return false: no such authority */
bool authority_parse(struct slice name, enum authority *ret_authority);

struct tenant {
    struct uuid id;
    int64_t created_ms;
    int64_t version;
    char title[NAME_SIZE];
};

struct customer {
    struct uuid id, tenant_id;
    int64_t created_ms;
    int64_t version;
    char title[NAME_SIZE];                    /* unique in the tenant */
    char contact[CONTACT_SIZE];               /* JSON object of country, city, .. as text; "" = none */
    char additional_info[CUSTOMER_INFO_SIZE]; /* JSON object as text; "" = none */
};

struct user {
    struct uuid id, tenant_id, customer_id;
    int64_t created_ms;
    int64_t version;
    enum authority authority;
    char email[NAME_SIZE]; /* unique in the installation, compared without case */
    char first_name[NAME_SIZE], last_name[NAME_SIZE], phone[NAME_SIZE]; /* "" = none */
    char password_hash[PASSWORD_HASH_SIZE]; /* never leaves the store and the login; "" = cannot log in */
};

/** One login: what `logout` ends. Tokens name it as sessionId. */
struct login {
    struct uuid id, user_id;
    int64_t created_ms, expires_ms;
    char address[ADDRESS_TEXT_SIZE]; /* where it was opened from; "" = not known */
};

/** What an API key is good for. A bit of api_key.scopes each; stored. */
enum api_scope {
    API_SCOPE_DEVICES_READ = 1 << 0,
    API_SCOPE_DEVICES_WRITE = 1 << 1,
    API_SCOPE_TELEMETRY_READ = 1 << 2,
    API_SCOPE_TELEMETRY_WRITE = 1 << 3,
    API_SCOPE_RPC_READ = 1 << 4,
    API_SCOPE_RPC_WRITE = 1 << 5,
    API_SCOPE_ADMIN_READ = 1 << 6,
    API_SCOPE_ADMIN_WRITE = 1 << 7,
};
enum { API_SCOPES = 8 };
const char *api_scope_name(enum api_scope scope); /* "devices:read" */
bool api_scope_parse(struct slice name, enum api_scope *ret_scope);

/** A key by which a machine acts as a user, within the key's scopes. The key itself is stored nowhere. */
struct api_key {
    struct uuid id, user_id;
    int64_t created_ms, expires_ms; /* expires_ms 0: never */
    unsigned scopes;                /* enum api_scope */
    bool is_enabled;
    char description[NAME_SIZE];
    uint8_t secret_hash[API_KEY_HASH_SIZE];
};

/** How devices of a profile speak: by the platform's own topics (DEFAULT) or by the profile's (MQTT). */
enum profile_transport { PROFILE_TRANSPORT_DEFAULT = 0, PROFILE_TRANSPORT_MQTT = 1 }; /* stored */
const char *profile_transport_name(enum profile_transport transport);
bool profile_transport_parse(struct slice name, enum profile_transport *ret_transport);

/** How devices of a profile come to be registered: device API section 6. */
enum provision_type {
    PROVISION_DISABLED = 0,
    PROVISION_ALLOW_CREATE = 1,
    PROVISION_CHECK_EXISTING = 2,
    PROVISION_X509_CHAIN = 3
};                                                         /* stored */
const char *provision_type_name(enum provision_type type); /* "ALLOW_CREATE_NEW_DEVICES" */
bool provision_type_parse(struct slice name, enum provision_type *ret_type);

/** A device profile as stored; what its data means: model/profile_config.h. */
struct profile {
    struct uuid id, tenant_id;
    int64_t created_ms;
    int64_t version;
    char name[NAME_SIZE]; /* unique in the tenant */
    char description[NAME_SIZE];
    bool is_default;
    enum profile_transport transport;     /* as in profile_data */
    enum provision_type provision_type;   /* as in profile_data */
    char provision_key[NAME_SIZE];        /* unique in the installation; "" = none; X509_CHAIN: fingerprint */
    struct uuid firmware_id, software_id; /* nil = none */
    char *profile_data; /* JSON text as saved by REST, or NULL for the default configuration */
};
void profile_fini(struct profile *profile);
/** Move: *from becomes empty. */
struct profile profile_take(struct profile *from);

struct device {
    uint64_t number; /* > 0, never reused */
    struct uuid id, tenant_id, customer_id, profile_id;
    struct uuid firmware_id, software_id; /* of its own (model/ota_package.h); nil: what its profile says */
    int64_t created_ms;
    int64_t version;
    char name[NAME_SIZE];  /* unique in the tenant */
    char type[NAME_SIZE];  /* name of its profile */
    char label[NAME_SIZE]; /* "" = none */
    char *additional_info; /* JSON object text or NULL */
};
void device_fini(struct device *device);
/** Move: *from becomes empty. */
struct device device_take(struct device *from);

enum credentials_type {
    CREDENTIALS_ACCESS_TOKEN = 1,
    CREDENTIALS_X509 = 2,
    CREDENTIALS_MQTT_BASIC = 3
};                                                             /* stored */
const char *credentials_type_name(enum credentials_type type); /* "X509_CERTIFICATE" */
bool credentials_type_parse(struct slice name, enum credentials_type *ret_type);

struct credentials {
    struct uuid id, device_id;
    int64_t created_ms;
    int64_t version;
    enum credentials_type type;
    char credentials_id[CREDENTIALS_ID_SIZE]; /* unique in the installation; see device API section 10 */
    int64_t not_after_ms;                     /* of a certificate; 0: it was not looked */
    char *value; /* X.509: base64 of the DER; MQTT_BASIC: JSON text; NULL for a token */
};
void credentials_fini(struct credentials *credentials);

struct group {
    struct uuid id, tenant_id, owner_id;
    bool owner_is_customer;
    bool is_all; /* the owner's group "All": holds every device, cannot be renamed or deleted */
    int64_t created_ms;
    int64_t version;
    char name[NAME_SIZE];  /* unique for its owner */
    char *additional_info; /* JSON object text or NULL */
    char *configuration;   /* the same: what a page makes of the group */
};
void group_fini(struct group *group);

/** What the users of a customer may do with what is not the customer's own. Stored. */
enum share_right { SHARE_NONE, SHARE_READ, SHARE_WRITE };

/** What the door needs to know of a device, found by credentials id. */
struct door_entry {
    uint64_t device; /* number */
    struct uuid device_id, tenant_id, profile_id;
    char name[NAME_SIZE]; /* device name, for logs */
    bool is_gateway;      /* additional_info has "gateway": true */
};

/** Check names and labels as REST takes them: 1..255 bytes of UTF-8 without control characters. */
MUST_USE err_t entity_check_name(const char *field, struct slice text, struct problem *problem);
