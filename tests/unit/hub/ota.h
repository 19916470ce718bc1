/** @file ota.h - a hub in a directory of its own, with devices and uploaded packages, for tests. */
#pragma once

#include "hub/hub.h"
#include "store/package_files.h"

#include "unit.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct ota_house {
    char dir[64];
    struct settings settings;
    struct hub hub;
    struct profile profile; /* the default one */
};

static inline void ota_open(struct ota_house *h)
{
    struct settings_sources sources = {0};
    struct uuid tenant;
    struct problem problem = {0};
    *h = (struct ota_house){0};
    log_configure(LOG_ERROR, LOG_FORMAT_TEXT);
    snprintf(h->dir, sizeof h->dir, "%s/postern-ota-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(h->dir));
    assert_int_equal(settings_read(&sources, &h->settings, &problem), ERR_OK);
    if (hub_open(h->dir, &h->settings, true, &h->hub, &problem) != ERR_OK)
        fail_msg("%s", problem.text);
    assert_int_equal(registry_tenant_default(h->hub.registry, &tenant, NULL), ERR_OK);
    assert_int_equal(registry_profile_default(h->hub.registry, &tenant, &h->profile, NULL), ERR_OK);
}

static inline void ota_reopen(struct ota_house *h)
{
    hub_close(&h->hub);
    assert_int_equal(hub_open(h->dir, &h->settings, false, &h->hub, NULL), ERR_OK);
}

static inline int ota_remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    return remove(path);
}

static inline void ota_close(struct ota_house *h)
{
    profile_fini(&h->profile);
    hub_close(&h->hub);
    settings_fini(&h->settings);
    nftw(h->dir, ota_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline struct ota_package ota_add(struct ota_house *h, const char *title, struct slice data)
{
    struct package_upload *upload;
    struct ota_package package = {.tenant_id = h->profile.tenant_id,
                                  .profile_id = h->profile.id,
                                  .type = OTA_FIRMWARE,
                                  .package_version = "1.10"};
    snprintf(package.title, sizeof package.title, "%s", title);
    assert_int_equal(registry_ota_add(h->hub.registry, &package, NULL), ERR_OK);
    assert_int_equal(package_upload_begin(h->hub.packages, CHECKSUM_CRC32, data.len, &upload, NULL), ERR_OK);
    assert_int_equal(package_upload_write(upload, data, NULL), ERR_OK);
    assert_int_equal(package_upload_finish(upload, &package.id, slice_of(NULL, 0), &package, NULL), ERR_OK);
    package_upload_end(upload);
    assert_int_equal(registry_ota_set_data(h->hub.registry, &package, NULL), ERR_OK);
    return package;
}

static inline struct device ota_device(struct ota_house *h, const char *name)
{
    struct device device = {.tenant_id = h->profile.tenant_id, .profile_id = h->profile.id};
    struct credentials credentials = {.type = CREDENTIALS_ACCESS_TOKEN};
    snprintf(device.name, sizeof device.name, "%s", name);
    snprintf(credentials.credentials_id, sizeof credentials.credentials_id, "token of %.100s", name);
    assert_int_equal(registry_device_add(h->hub.registry, &device, &credentials, NULL), ERR_OK);
    return device;
}

/** @param package  NULL: none of its own */
static inline void ota_assign(struct ota_house *h, struct device *device, const struct ota_package *package)
{
    device->firmware_id = package != NULL ? package->id : (struct uuid){0};
    assert_int_equal(registry_device_update(h->hub.registry, device, NULL, NULL), ERR_OK);
}

static inline void ota_assign_all(struct ota_house *h, const struct ota_package *package)
{
    h->profile.firmware_id = package != NULL ? package->id : (struct uuid){0};
    assert_int_equal(registry_profile_update(h->hub.registry, &h->profile, NULL), ERR_OK);
}
