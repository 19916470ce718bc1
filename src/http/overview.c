/* What a page shows first: how many devices, who is not let in, which certificates end, how much comes in. */
#include "base/clock.h"
#include "http/device_filter.h"
#include "http/refusals.h"
#include "http/resources.h"
#include "hub/traffic.h"

#include <math.h>

enum { LAST_REFUSALS = 5, HOUR_MS = 3600000 };

/* Refusals of the last hour: each certificate, or each address without one, counts once. */
struct refusals {
    json_t *last;     /* array of the newest */
    json_t *distinct; /* object: who, as keys */
    uint64_t count;
    int64_t hour_ms; /* where the hour begins */
    bool failed;
};

static const char *member(const json_t *entry, const char *name)
{
    const char *text = json_string_value(json_object_get(entry, name));
    return text != NULL ? text : "";
}

/* The port differs each time. */
static void write_host(const char *address, char out[64])
{
    const char *port = strrchr(address, ':');
    size_t len = port != NULL ? (size_t)(port - address) : strlen(address);
    if (!slice_to_cstr(slice_of(address, len), out, 64))
        out[0] = '\0';
}

static bool count_refusal(void *arg, int64_t ts, json_t *entry)
{
    struct refusals *r = arg;
    char host[64];
    const char *who = member(entry, "fingerprint");
    if (json_array_size(r->last) < LAST_REFUSALS)
        r->failed |= json_array_append(r->last, entry) != 0;
    if (ts < r->hour_ms)
        return json_array_size(r->last) < LAST_REFUSALS && !r->failed;
    write_host(member(entry, "address"), host);
    const json_t *times = json_object_get(entry, "times");
    r->count += times != NULL ? (uint64_t)json_integer_value(times) : 1;
    r->failed |= json_object_set_new(r->distinct, who[0] != '\0' ? who : host, json_true()) != 0;
    return !r->failed;
}

static json_t *devices_document(const struct device_overview *o)
{
    return json_pack("{s:I, s:I, s:I, s:I}", "total", (json_int_t)o->total, "active", (json_int_t)o->active,
                     "inactive", (json_int_t)(o->total - o->active), "neverConnected",
                     (json_int_t)o->never_connected);
}

static json_t *certificates_document(const struct device_overview *o)
{
    return json_pack("{s:I, s:I, s:I, s:I}", "expired", (json_int_t)o->expired, "expiringIn1Day",
                     (json_int_t)o->expiring_1_day, "expiringIn7Days", (json_int_t)o->expiring_7_days,
                     "expiringIn30Days", (json_int_t)o->expiring_30_days);
}

/* Of the whole installation: not for customers. */
static json_t *rate(const struct call *call)
{
    if (call->who.authority == AUTHORITY_CUSTOMER_USER)
        return json_null();
    return json_real(round(traffic_rate(call->api->hub, clock_mono_ms()) * 10) / 10);
}

err_t overview_get(struct call *call, struct problem *problem)
{
    const struct device_query scope = device_filter_scope(call);
    const struct device_judge judge = traffic_judge(call->api->hub);
    int64_t now = clock_wall_ms();
    struct device_overview found;
    TRY(registry_device_overview(call->api->hub->registry, &scope.tenant_id, &scope.viewer_id, &judge, now,
                                 &found, problem));
    AUTO_JSON last = json_array();
    AUTO_JSON distinct = json_object();
    struct refusals refusals = {.last = last, .distinct = distinct, .hour_ms = now - HOUR_MS};
    TRY(refusals_walk(call, 0, count_refusal, &refusals, problem));
    if (refusals.failed)
        return fail(problem, ERR_NOMEM, "", "no memory for the overview");
    return call_reply(call,
                      json_pack("{s:I, s:o, s:o, s:I, s:o, s:{s:I, s:I, s:O}}", "ts", (json_int_t)now,
                                "devices", devices_document(&found), "certificates",
                                certificates_document(&found), "connections", (json_int_t)found.connections,
                                "messagesPerSecond", rate(call), "refusals", "lastHour",
                                (json_int_t)json_object_size(distinct), "attemptsLastHour",
                                (json_int_t)refusals.count, "last", last),
                      problem);
}
