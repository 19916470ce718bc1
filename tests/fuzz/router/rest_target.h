/**
 * @file rest_target.h - what the REST fuzz targets share: a real platform in a temporary directory, and what
 * must hold of every answer. Inputs cannot know the ids in the store, so they name them: $D a device, $C its
 * credentials, $P its profile, $G the group "All", $T the tenant.
 */
#pragma once

#include "http/answer_stream.h"
#include "http/document.h"
#include "http/router.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct {
    char dir[64];
    struct settings settings;
    struct hub hub;
    struct api api;
    char device[UUID_TEXT_SIZE], credentials[UUID_TEXT_SIZE], profile[UUID_TEXT_SIZE], group[UUID_TEXT_SIZE],
        tenant[UUID_TEXT_SIZE];
} target;

static int target_remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    return remove(path);
}

static void target_close(void)
{
    api_fini(&target.api);
    hub_close(&target.hub);
    settings_fini(&target.settings);
    nftw(target.dir, target_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* The device may have been deleted by an input: there is always one. */
static void target_ensure_device(void)
{
    struct problem problem = {0};
    struct device device = {.tenant_id = target.api.tenant, .customer_id = CUSTOMER_NOBODY, .name = "fuzzed"};
    struct credentials credentials = {.type = CREDENTIALS_ACCESS_TOKEN, .credentials_id = "fuzzed token"};
    struct profile profile;
    if (registry_device_by_name(target.hub.registry, &target.api.tenant, "fuzzed", &device, &problem) !=
        ERR_OK) {
        CHECK(registry_profile_default(target.hub.registry, &target.api.tenant, &profile, &problem) ==
              ERR_OK);
        device.profile_id = profile.id;
        memcpy(device.type, profile.name, sizeof device.type);
        profile_fini(&profile);
        if (registry_device_add(target.hub.registry, &device, &credentials, &problem) != ERR_OK)
            return; /* an input has given the token to another device */
    }
    credentials_fini(&credentials);
    CHECK(registry_credentials_get(target.hub.registry, &target.api.tenant, &device.id, &credentials,
                                   &problem) == ERR_OK);
    uuid_format(&device.id, target.device);
    uuid_format(&device.profile_id, target.profile);
    uuid_format(&credentials.id, target.credentials);
    credentials_fini(&credentials);
    device_fini(&device);
}

static void target_open(void)
{
    struct problem problem = {0};
    struct group group;
    struct settings_sources sources = {0};
    log_configure(LOG_ERROR, LOG_FORMAT_TEXT);
    snprintf(target.dir, sizeof target.dir, "%s/postern-fuzz-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    CHECK(mkdtemp(target.dir) != NULL);
    CHECK(settings_read(&sources, &target.settings, &problem) == ERR_OK);
    CHECK(hub_open(target.dir, &target.settings, true, &target.hub, &problem) == ERR_OK);
    CHECK(api_init(&target.api, &target.hub, &problem) == ERR_OK);
    CHECK(registry_group_all(target.hub.registry, &target.api.tenant, &group, &problem) == ERR_OK);
    uuid_format(&group.id, target.group);
    uuid_format(&target.api.tenant, target.tenant);
    target_ensure_device();
    atexit(target_close);
}

static const char *target_id(uint8_t letter)
{
    switch (letter) {
    case 'D': return target.device;
    case 'C': return target.credentials;
    case 'P': return target.profile;
    case 'G': return target.group;
    case 'T': return target.tenant;
    default: return NULL;
    }
}

static void target_expand(struct slice text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        const char *id = text.data[i] == '$' && i + 1 < text.len ? target_id(text.data[i + 1]) : NULL;
        if (id != NULL) {
            buf_append_str(out, id);
            i++;
        } else {
            buf_append_u8(out, text.data[i]);
        }
    }
}

static void target_check_error(const struct http_response *response)
{
    struct problem problem = {0};
    AUTO_JSON document = NULL;
    CHECK(document_parse(http_response_body(response), &document, &problem) == ERR_OK);
    CHECK(json_integer_value(json_object_get(document, "status")) == response->status);
    CHECK(json_string_length(json_object_get(document, "message")) != 0);
    CHECK(json_integer_value(json_object_get(document, "errorCode")) != 0);
}

/* Ask and check. Routes that hash passwords are left out: they take 100 ms each. */
static void target_ask(const struct http_request *request)
{
    struct http_response response = {0};
    const struct route *route = router_find(request->method, request->path);
    if (route != NULL && route->lane == LANE_HASH)
        return;
    target_ensure_device();
    router_dispatch(&target.api, request, &response);
    CHECK(answer_stream_collect(&response, NULL) == ERR_OK);
    CHECK(response.status >= 200 && response.status < 500);
    if (response.status >= 400)
        target_check_error(&response);
    else if (response.content_type == NULL && http_response_body(&response).len != 0)
        json_decref(json_loadb((const char *)response.body.data, response.body.len, JSON_DECODE_ANY, NULL));
    http_response_fini(&response);
}
