/* The door log: who was not let in and why, whose device it was, and a certificate's way from there to a device. */
#include "http/refusals.h"
#include "base/log.h"
#include "base/text.h"
#include "http/access.h"
#include "http/credentials_document.h"
#include "http/device_document.h"
#include "http/resources.h"
#include "hub/credentials.h"
#include "hub/door.h"
#include "hub/events.h"

#include <stdlib.h>

/* ---- who may see which ------------------------------------------------------------------------------------- */

static bool read_id(const json_t *entry, const char *name, struct uuid *ret)
{
    const char *text = json_string_value(json_object_get(entry, name));
    return text != NULL && uuid_parse(slice_str(text), ret);
}

/* What is nobody's, administrators see; of devices each sees those that he may read. */
static bool may_see(const struct call *call, const json_t *entry)
{
    bool is_customer = call->who.authority == AUTHORITY_CUSTOMER_USER;
    struct uuid tenant, id;
    struct device device;
    if (!read_id(entry, "tenantId", &tenant) || !read_id(entry, "deviceId", &id))
        return !is_customer;
    if (!uuid_eq(&tenant, &call->who.tenant_id))
        return false;
    if (!is_customer)
        return true;
    if (access_device(call, &id, RIGHT_READ, &device, NULL) != ERR_OK)
        return false;
    device_fini(&device);
    return true;
}

struct walk {
    const struct call *call;
    refusal_visitor visit;
    void *arg;
    int64_t start_ms;
};

static bool visit_entry(void *arg, int64_t ts, struct slice text)
{
    struct walk *walk = arg;
    if (ts < walk->start_ms)
        return true; /* one that repeats is as old as its first */
    AUTO_JSON entry = json_loadb((const char *)text.data, text.len, 0, NULL);
    if (entry == NULL || strcmp(json_string_value(json_object_get(entry, "type")), "REFUSED") != 0 ||
        !may_see(walk->call, entry))
        return true;
    json_object_del(entry, "tenantId");
    return walk->visit(walk->arg, ts, entry);
}

err_t refusals_walk(const struct call *call, int64_t start_ms, refusal_visitor visit, void *arg,
                    struct problem *problem)
{
    struct walk walk = {call, visit, arg, start_ms};
    return events_read(call->api->hub, 0, visit_entry, &walk, problem);
}

/* ---- the list ---------------------------------------------------------------------------------------------- */

enum { TEXT_MAX = 256 };

struct filter {
    char text[TEXT_MAX], reason[TEXT_MAX], device[UUID_TEXT_SIZE];
    uint64_t start_ms, end_ms, since;
};

struct listing {
    struct filter filter;
    struct page_query page;
    json_t *data;
    uint64_t count;
    int64_t newest; /* number; -1: none */
    bool failed;
};

static const char *member(const json_t *entry, const char *name)
{
    const char *text = json_string_value(json_object_get(entry, name));
    return text != NULL ? text : "";
}

static bool holds_text(const json_t *entry, const char *text)
{
    static const char *const names[] = {"reason",      "address", "clientId",
                                        "fingerprint", "subject", "deviceName"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcasestr(member(entry, names[i]), text) != NULL)
            return true;
    return false;
}

static bool passes(const struct filter *f, int64_t ts, int64_t number, const json_t *entry)
{
    return (uint64_t)ts <= f->end_ms && number >= (int64_t)f->since &&
           (f->reason[0] == '\0' || strcasestr(member(entry, "reason"), f->reason) != NULL) &&
           (f->device[0] == '\0' || strcmp(member(entry, "deviceId"), f->device) == 0) &&
           (f->text[0] == '\0' || holds_text(entry, f->text));
}

static bool list_one(void *arg, int64_t ts, json_t *entry)
{
    struct listing *l = arg;
    int64_t number = json_integer_value(json_object_get(entry, "number"));
    uint64_t first = (uint64_t)l->page.number * l->page.size;
    if (number > l->newest)
        l->newest = number;
    if (!passes(&l->filter, ts, number, entry))
        return true;
    if (l->count >= first && l->count < first + l->page.size)
        l->failed |= json_array_append(l->data, entry) != 0;
    l->count++;
    return !l->failed;
}

static err_t read_text(const struct call *call, const char *name, char out[TEXT_MAX], struct problem *problem)
{
    struct slice text = {0};
    http_request_param(call->request, name, &text);
    if (slice_to_cstr(text, out, TEXT_MAX))
        return ERR_OK;
    return fail(problem, ERR_INVALID, name, "%s has %zu bytes; expected at most %d, and no NUL", name,
                text.len, TEXT_MAX - 1);
}

static err_t read_filter(const struct call *call, struct filter *ret, struct problem *problem)
{
    struct uuid device = {0};
    ret->end_ms = INT64_MAX;
    TRY(read_text(call, "textSearch", ret->text, problem));
    TRY(read_text(call, "reason", ret->reason, problem));
    TRY(call_query_number(call, "startTime", INT64_MAX, &ret->start_ms, problem));
    TRY(call_query_number(call, "endTime", INT64_MAX, &ret->end_ms, problem));
    TRY(call_query_number(call, "since", INT64_MAX, &ret->since, problem));
    TRY(call_query_id(call, "deviceId", &device, problem));
    if (!uuid_is_nil(&device))
        uuid_format(&device, ret->device);
    return ERR_OK;
}

err_t refusals_list(struct call *call, struct problem *problem)
{
    struct listing l = {.newest = -1};
    TRY(call_query_page(call, &l.page, problem));
    TRY(read_filter(call, &l.filter, problem));
    if (l.page.is_sorted && !slice_eq_str(l.page.sort_property, "ts"))
        return fail(problem, ERR_INVALID, "sortProperty", "sortProperty is not ts; the newest come first");
    AUTO_JSON data = json_array();
    l.data = data;
    TRY(refusals_walk(call, (int64_t)l.filter.start_ms, list_one, &l, problem));
    if (l.failed)
        return fail(problem, ERR_NOMEM, "", "no memory for the list");
    json_t *document = page_document(&l.page, document_take(&data), l.count);
    /* What a page asks with next, to be told only what is new. */
    if (document != NULL)
        json_object_set_new(document, "since", json_integer(l.newest + 1));
    return call_reply(call, document, problem);
}

/* ---- one of them ------------------------------------------------------------------------------------------- */

struct search {
    int64_t number;
    json_t *found;
};

static bool find_one(void *arg, int64_t ts, json_t *entry)
{
    struct search *search = arg;
    if (json_integer_value(json_object_get(entry, "number")) == search->number)
        search->found = json_incref(entry);
    return search->found == NULL;
}

static err_t find(struct call *call, json_t **ret, uint64_t *ret_number, struct problem *problem)
{
    struct search search = {0};
    uint64_t number = 0;
    struct slice text = call->parts[0];
    if (!text_to_u64(text, INT64_MAX, &number))
        return fail(problem, ERR_INVALID, "refusalId", "refusalId is '%.*s'; expected the number of an entry",
                    text.len < 32 ? (int)text.len : 32, (const char *)text.data);
    search.number = (int64_t)number;
    TRY(refusals_walk(call, 0, find_one, &search, problem));
    if (search.found == NULL)
        return fail(problem, ERR_NOT_FOUND, "", "no such entry; the log keeps the newest only");
    *ret = search.found;
    *ret_number = number;
    return ERR_OK;
}

static void put_pem(struct slice base64, struct buf *out)
{
    buf_append_str(out, "-----BEGIN CERTIFICATE-----\n");
    for (size_t i = 0; i < base64.len; i += 64) {
        size_t n = base64.len - i < 64 ? base64.len - i : 64;
        buf_append_slice(out, slice_of(base64.data + i, n));
        buf_append_u8(out, '\n');
    }
    buf_append_str(out, "-----END CERTIFICATE-----\n");
}

err_t refusals_get(struct call *call, struct problem *problem)
{
    AUTO_JSON entry = NULL;
    AUTO_BUF base64 = {0};
    AUTO_BUF pem = {0};
    uint64_t number = 0;
    TRY(find(call, &entry, &number, problem));
    err_t err = events_certificate(call->api->hub, number, &base64, problem);
    if (err != ERR_OK && err != ERR_NOT_FOUND)
        return err;
    if (err == ERR_OK) {
        put_pem(buf_slice(&base64), &pem);
        json_object_set_new(entry, "certificate", document_slice(buf_slice(&pem)));
    }
    return call_reply(call, document_take(&entry), problem);
}

/* ---- registering it ---------------------------------------------------------------------------------------- */

static err_t give_to_device(struct call *call, const struct device *device, struct slice certificate,
                            struct problem *problem)
{
    struct hub *hub = call->api->hub;
    struct credentials credentials;
    TRY(registry_credentials_get(hub->registry, &call->who.tenant_id, &device->id, &credentials, problem));
    err_t err = credentials_set_certificate(&credentials, certificate, hub->settings, problem);
    if (err == ERR_OK)
        err = call_conflict(
            call, registry_credentials_save(hub->registry, &call->who.tenant_id, &credentials, problem),
            problem);
    if (err == ERR_OK) {
        door_revoke(hub->door, device->number);
        log_info("credentials.changed", log_text("device", device->name),
                 log_text("type", "X509_CERTIFICATE"));
        err = call_reply(call, credentials_document(&credentials), problem);
    }
    credentials_fini(&credentials);
    return err;
}

static err_t add_device(struct call *call, struct device *device, struct slice certificate,
                        struct problem *problem)
{
    struct hub *hub = call->api->hub;
    struct credentials credentials;
    credentials_generate(&credentials);
    err_t err = credentials_set_certificate(&credentials, certificate, hub->settings, problem);
    if (err == ERR_OK)
        err = call_conflict(call, registry_device_add(hub->registry, device, &credentials, problem), problem);
    if (err == ERR_OK) {
        log_info("device.created", log_text("name", device->name),
                 log_number("number", (int64_t)device->number));
        err = call_reply(call, credentials_document(&credentials), problem);
    }
    credentials_fini(&credentials);
    return err;
}

static err_t make_device(struct call *call, const char *name, struct slice certificate,
                         struct problem *problem)
{
    struct device device;
    bool exists;
    json_t *profile = json_object_get(call->body, "deviceProfileId");
    AUTO_JSON body = json_pack("{s:s, s:O*}", "name", name, "deviceProfileId", profile);
    if (body == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the device");
    TRY(device_read(call, body, &device, &exists, problem));
    err_t err = add_device(call, &device, certificate, problem);
    device_fini(&device);
    return err;
}

/* @return ERR_NOT_FOUND: a name that no device has */
static err_t find_device(struct call *call, const char **ret_name, struct device *ret,
                         struct problem *problem)
{
    struct registry *registry = call->api->hub->registry;
    struct uuid id = {0};
    bool has_id = false;
    char name[NAME_SIZE];
    TRY(document_get_id(call->body, "deviceId", &id, &has_id, problem));
    TRY(document_get_string(call->body, "deviceName", ret_name, problem));
    if (has_id == (*ret_name != NULL))
        return fail(problem, ERR_INVALID, "deviceId", "deviceId and deviceName are %s; expected one of them",
                    has_id ? "both there" : "missing");
    if (has_id) {
        err_t err = registry_device_get(registry, &call->who.tenant_id, &id, ret, problem);
        return err == ERR_NOT_FOUND ? fail(problem, ERR_INVALID, "deviceId", "deviceId is of no device")
                                    : err;
    }
    if (!slice_to_cstr(slice_str(*ret_name), name, sizeof name))
        return fail(problem, ERR_INVALID, "deviceName", "deviceName has %zu bytes; expected 1 to %d",
                    strlen(*ret_name), NAME_SIZE - 1);
    return registry_device_by_name(registry, &call->who.tenant_id, name, ret, problem);
}

err_t refusals_register(struct call *call, struct problem *problem)
{
    AUTO_JSON entry = NULL;
    AUTO_BUF certificate = {0};
    const char *name = NULL;
    uint64_t number = 0;
    struct device device;
    TRY(find(call, &entry, &number, problem));
    TRY(events_certificate(call->api->hub, number, &certificate, problem));
    err_t err = find_device(call, &name, &device, problem);
    if (err == ERR_NOT_FOUND)
        return make_device(call, name, buf_slice(&certificate), problem);
    TRY(err);
    err = give_to_device(call, &device, buf_slice(&certificate), problem);
    device_fini(&device);
    return err;
}
