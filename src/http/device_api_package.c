/* Firmware and software over HTTP: the device's package, whole or in chunks. Device API section 9. */
#include "http/resources.h"
#include "hub/firmware.h"

#include <stdlib.h>

/* The part of the file that is meant. Beyond its end: nothing. */
struct part {
    uint64_t size, index;
};

static err_t read_part(struct call *call, struct part *ret, struct problem *problem)
{
    TRY(call_query_number(call, "size", INT32_MAX, &ret->size, problem));
    return call_query_number(call, "chunk", INT32_MAX, &ret->index, problem);
}

static struct http_file file_of(int fd, uint64_t length, const struct part *part)
{
    struct http_file file = {.is_there = true, .fd = fd, .length = length};
    if (part->size == 0)
        return file;
    file.offset = part->size * part->index;
    uint64_t rest = length > file.offset ? length - file.offset : 0;
    file.length = rest < part->size ? rest : part->size;
    return file;
}

static err_t required(struct call *call, const char *name, struct slice *ret, struct problem *problem)
{
    if (http_request_param(call->request, name, ret))
        return ERR_OK;
    return fail(problem, ERR_INVALID, name, "Required request parameter '%s' is not present", name);
}

/* Without type and name, if there is no memory for them. */
static void describe(struct http_response *response, const struct ota_package *package)
{
    response->media_type =
        strdup(package->content_type[0] != '\0' ? package->content_type : "application/octet-stream");
    response->file_name = package->file_name[0] != '\0' ? strdup(package->file_name) : NULL;
}

static err_t reply(struct call *call, enum ota_type type, struct problem *problem)
{
    struct slice title, version;
    struct part part = {0};
    struct ota_package package;
    int fd = -1;
    TRY(required(call, "title", &title, problem));
    TRY(required(call, "version", &version, problem));
    TRY(read_part(call, &part, problem));
    TRY(firmware_open(call->api->hub, call->device.device, type, title, version, &package, &fd, problem));
    call->response->file = file_of(fd, package.data_size, &part);
    call->response->status = 200;
    describe(call->response, &package);
    ota_package_fini(&package);
    return ERR_OK;
}

err_t device_api_firmware(struct call *call, struct problem *problem)
{
    return reply(call, OTA_FIRMWARE, problem);
}

err_t device_api_software(struct call *call, struct problem *problem)
{
    return reply(call, OTA_SOFTWARE, problem);
}
