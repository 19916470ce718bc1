/**
 * @file profile_config.h - what a device profile means: its configuration, read once and checked.
 *
 * Made from the stored record (entity.h) and the JSON of its `profile_data`; immutable from then on, so every
 * thread may read it, and counted, so that whoever works by it keeps it as long as needed (hub/profiles.h
 * hands it out). Slices live as long as it does and hold no NUL.
 *
 * Where each member stands in profileData, all optional:
 *   transportConfiguration   type DEFAULT or MQTT. With MQTT: deviceTelemetryTopic, deviceAttributesTopic,
 *                            deviceAttributesSubscribeTopic, sendAckOnValidationException, and below
 *                            transportPayloadTypeConfiguration: transportPayloadType JSON or PROTOBUF, with
 *                            PROTOBUF the device's four schemas and two switches
 *   provisionConfiguration   type, provisionDeviceSecret, certificateRegExPattern,
 *                            allowCreateNewDevicesByX509Certificate
 *   configuration            inactivityTimeout, milliseconds: ours. After this silence a device of the profile
 *                            counts as inactive, unless its server attribute inactivityTimeout says otherwise
 *                            telemetryTtlSeconds: ours. So long points of its devices are kept, by their own time; 0 = for
 *                            ever. Where it is missing, the setting telemetry.ttl counts
 * Other members (alarms ..) are kept in the stored text and not looked at. Spec: device API sections 3, 6.
 */
#pragma once

#include "base/buf.h"
#include "model/entity.h"
#include "protobuf/schema.h"

#include <stdatomic.h>

enum {
    PROFILE_TOPIC_MAX = 1024,      /* bytes of a topic filter */
    PROFILE_DATA_MAX = 256 * 1024, /* bytes of profile_data */
};

/** The platform's own topics: what DEFAULT means, and what MQTT means where nothing is said. */
#define PROFILE_TELEMETRY_TOPIC  "v1/devices/me/telemetry"
#define PROFILE_ATTRIBUTES_TOPIC "v1/devices/me/attributes"

enum profile_payload { PROFILE_PAYLOAD_JSON, PROFILE_PAYLOAD_PROTOBUF };

/** A device's messages, compiled from the .proto texts of the profile. Owned by the configuration. */
struct profile_schemas {
    struct schema *telemetry, *attributes;     /* never NULL with PROTOBUF, like the next two */
    struct schema *rpc_request, *rpc_response; /* the platform's own messages where the profile names none */
    bool json_is_tried; /* enableCompatibilityWithJsonPayloadFormat: what is no message may be JSON */
    bool json_is_sent;  /* useJsonPayloadFormatForDefaultDownlinkTopics too: v1/ topics answer in JSON */
};

struct profile_provision {
    enum provision_type type;
    char key[NAME_SIZE];  /* "" only with DISABLED; of X509_CHAIN: fingerprint of the authority, hex */
    struct slice secret;  /* ALLOW_CREATE, CHECK_EXISTING: what a device must show; never log it */
    struct buf authority; /* X509_CHAIN: DER of the certificate that signs devices' certificates */
    struct name_pattern *name_pattern; /* X509_CHAIN: finds the device's name; pki/name_pattern.h */
    bool may_create;                   /* X509_CHAIN: a device not there yet is created */
};

struct profile_config {
    struct uuid profile_id, tenant_id;
    int64_t version;      /* of the profile: the higher one is the newer */
    char name[NAME_SIZE]; /* of the profile */
    enum profile_transport transport;
    struct slice attributes_filter; /* topic filters; a name that matches both is attributes */
    struct slice telemetry_filter;
    struct slice attributes_subscribe_filter; /* what subscriptions to attribute updates may be called */
    enum profile_payload payload;             /* of the filters above, v2/t, v2/a and v2/r */
    struct profile_schemas schemas;           /* with PROTOBUF */
    bool ack_invalid; /* sendAckOnValidationException: PUBACK a payload that is refused, and go on */
    struct profile_provision provision;
    struct uuid firmware_id, software_id; /* nil = none */
    int64_t inactivity_timeout_ms;        /* 0: not said, the platform's applies */
    int64_t telemetry_ttl_s;              /* 0: for ever; -1: not said, the platform's applies */

    atomic_uint references; /* private from here */
    struct json_t *document;
};

/**
 * Read and check a profile. Dates of certificates are not looked at: what was saved stays readable.
 *
 * @param profile  name, ids, provision_key and profile_data count; transport and provision_type are read from
 *                 the data, so that the caller can take them from the result
 * @param ret      one reference, to be given back by profile_config_unref(); untouched on failure
 * @return ERR_OK · ERR_INVALID (problem->field: the member) · ERR_NOMEM
 * Any thread; never blocks. Cost: with X509_CHAIN some hundred microseconds, with PROTOBUF some hundred microseconds too, else
 * the JSON.
 */
MUST_USE err_t profile_config_read(const struct profile *profile, struct profile_config **ret,
                                   struct problem *problem);

struct profile_config *profile_config_ref(struct profile_config *config); /* returns @p config; any thread */
void profile_config_unref(struct profile_config *config);                 /* NULL allowed; any thread */

#define AUTO_PROFILE_CONFIG __attribute__((cleanup(profile_config_release), unused)) struct profile_config
void profile_config_release(struct profile_config **config);
