#include "model/ota_package.h"

#include <stdlib.h>

const char *ota_type_name(enum ota_type type)
{
    return type == OTA_FIRMWARE ? "FIRMWARE" : "SOFTWARE";
}

const char *ota_type_prefix(enum ota_type type)
{
    return type == OTA_FIRMWARE ? "fw" : "sw";
}

const char *ota_type_word(enum ota_type type)
{
    return type == OTA_FIRMWARE ? "firmware" : "software";
}

bool ota_type_parse(struct slice name, enum ota_type *ret_type)
{
    bool is_firmware = slice_eq_str(name, "FIRMWARE");
    if (!is_firmware && !slice_eq_str(name, "SOFTWARE"))
        return false;
    *ret_type = is_firmware ? OTA_FIRMWARE : OTA_SOFTWARE;
    return true;
}

static const char *const algorithm_names[] = {
    [CHECKSUM_MD5] = "MD5",
    [CHECKSUM_SHA256] = "SHA256",
    [CHECKSUM_SHA384] = "SHA384",
    [CHECKSUM_SHA512] = "SHA512",
    [CHECKSUM_CRC32] = "CRC32",
    [CHECKSUM_MURMUR3_32] = "MURMUR3_32",
    [CHECKSUM_MURMUR3_128] = "MURMUR3_128",
};

enum { ALGORITHMS = sizeof algorithm_names / sizeof algorithm_names[0] };

const char *checksum_algorithm_name(enum checksum_algorithm algorithm)
{
    return (size_t)algorithm < ALGORITHMS ? algorithm_names[algorithm] : NULL;
}

bool checksum_algorithm_parse(struct slice name, enum checksum_algorithm *ret_algorithm)
{
    for (size_t i = CHECKSUM_MD5; i < ALGORITHMS; i++) {
        if (!slice_eq_nocase(name, slice_str(algorithm_names[i])))
            continue;
        *ret_algorithm = (enum checksum_algorithm)i;
        return true;
    }
    return false;
}

void ota_package_fini(struct ota_package *package)
{
    free(package->url);
    free(package->additional_info);
    *package = (struct ota_package){0};
}
