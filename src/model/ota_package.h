/**
 * @file ota_package.h - a package of firmware or software: what it is called, where its bytes are, how they are
 * checked. Plain data, as the records of entity.h.
 *
 * A package is made without its bytes. They are either uploaded, and then a file of ours (store/package_files.h), or
 * lie elsewhere at `url`; only then may it be assigned to devices. Bytes, title and version never change again.
 * Spec: device API section 8.
 */
#pragma once

#include "model/entity.h"

enum {
    CHECKSUM_TEXT_SIZE = 129, /* 512 bits in hex, and the NUL */
    OTA_URL_MAX = 2048,
    MEDIA_TYPE_SIZE = 128, /* 127 bytes, RFC 6838 section 4.2, and the NUL */
};

enum ota_type { OTA_FIRMWARE = 1, OTA_SOFTWARE = 2 }; /* stored */
const char *ota_type_name(enum ota_type type);        /* "FIRMWARE" */
const char *ota_type_prefix(enum ota_type type);      /* "fw": of attributes, telemetry and topics */
const char *ota_type_word(enum ota_type type);        /* "firmware", in sentences */
bool ota_type_parse(struct slice name, enum ota_type *ret_type); /* exact */

enum checksum_algorithm {
    CHECKSUM_NONE = 0,
    CHECKSUM_MD5 = 1,
    CHECKSUM_SHA256 = 2,
    CHECKSUM_SHA384 = 3,
    CHECKSUM_SHA512 = 4,
    CHECKSUM_CRC32 = 5,
    CHECKSUM_MURMUR3_32 = 6,
    CHECKSUM_MURMUR3_128 = 7
};                                                                      /* stored */
const char *checksum_algorithm_name(enum checksum_algorithm algorithm); /* "SHA256"; NULL for NONE */
bool checksum_algorithm_parse(struct slice name, enum checksum_algorithm *ret_algorithm); /* in any case */

struct ota_package {
    struct uuid id, tenant_id;
    struct uuid profile_id; /* whose devices it is for; nil: any */
    int64_t created_ms;
    int64_t version; /* of this record; the package's own is package_version */
    enum ota_type type;
    char title[NAME_SIZE], package_version[NAME_SIZE]; /* together unique for the type, in the tenant */
    char tag[NAME_SIZE];                               /* "" = none */
    char *url;                          /* NULL: the bytes are a file of ours, or not there yet */
    char file_name[NAME_SIZE];          /* as uploaded, without folders; "" = none */
    char content_type[MEDIA_TYPE_SIZE]; /* "" = none */
    enum checksum_algorithm checksum_algorithm;
    char checksum[CHECKSUM_TEXT_SIZE]; /* lower-case hex; "" = none */
    uint64_t data_size;                /* bytes; 0 = not known (url), or not there yet */
    char *additional_info;             /* JSON object text or NULL */
};
void ota_package_fini(struct ota_package *package);

/** There is something to install. */
static inline bool ota_package_has_data(const struct ota_package *package)
{
    return package->url != NULL || package->data_size != 0;
}
