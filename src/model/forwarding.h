/**
 * @file forwarding.h - where a tenant has its devices' telemetry, attributes and lifecycle sent, and what of it.
 *
 * Plain data (entity.h). The secret signs what is sent; it stays in the store and the sender.
 */
#pragma once

#include "model/entity.h"

enum {
    FORWARD_URL_SIZE = 1024,
    FORWARD_SECRET_MIN = 16,
    FORWARD_SECRET_SIZE = 256,
    FORWARDINGS_MAX = 16, /* of a tenant */
};

/** What is sent. A bit of forwarding.kinds each; stored. */
enum forward_kind { FORWARD_TELEMETRY = 1 << 0, FORWARD_ATTRIBUTES = 1 << 1, FORWARD_LIFECYCLE = 1 << 2 };

struct forwarding {
    uint64_t number; /* > 0, never reused: names its queue on disk */
    struct uuid id, tenant_id;
    struct uuid profile_id; /* only of devices of this profile; nil: of all */
    int64_t created_ms;
    int64_t version;
    unsigned kinds; /* enum forward_kind */
    bool is_enabled;
    char name[NAME_SIZE]; /* unique in the tenant */
    char url[FORWARD_URL_SIZE];
    char secret[FORWARD_SECRET_SIZE];
};

/** What happened to a device's entry in the registry. Stored. */
enum device_news { DEVICE_CREATED = 1, DEVICE_UPDATED = 2, DEVICE_DELETED = 3, DEVICE_CREDENTIALS = 4 };

struct device_notice {
    int64_t number; /* grows */
    enum device_news news;
    int64_t created_ms;
    uint64_t device; /* number */
    struct uuid device_id, tenant_id, profile_id;
    char name[NAME_SIZE], profile_name[NAME_SIZE];
};
