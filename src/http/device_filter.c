#include "http/device_filter.h"

#include "base/clock.h"
#include "http/access.h"
#include "hub/traffic.h"

enum { EXPIRING_DAYS = 30, EXPIRING_DAYS_MAX = 3650 };

static err_t read_asked(const struct call *call, const char *name, enum device_asked *ret,
                        struct problem *problem)
{
    struct slice text;
    bool yes = false;
    TRY(call_query_bool(call, name, &yes, problem));
    if (http_request_param(call->request, name, &text) && text.len != 0)
        *ret = yes ? ASKED_YES : ASKED_NO;
    return ERR_OK;
}

static err_t read_certificate(const struct call *call, struct device_query *query, struct problem *problem)
{
    static const char *const names[] = {[CERTIFICATE_NONE] = "none",
                                        [CERTIFICATE_VALID] = "valid",
                                        [CERTIFICATE_EXPIRING] = "expiring",
                                        [CERTIFICATE_EXPIRED] = "expired"};
    uint64_t days = EXPIRING_DAYS;
    struct slice text;
    TRY(call_query_number(call, "expiringDays", EXPIRING_DAYS_MAX, &days, problem));
    query->now_ms = clock_wall_ms();
    query->expiring_ms = (int64_t)days * 86400000;
    if (!http_request_param(call->request, "certificate", &text) || text.len == 0)
        return ERR_OK;
    for (enum certificate_state state = CERTIFICATE_NONE; state <= CERTIFICATE_EXPIRED; state++) {
        if (slice_eq_str(text, names[state])) {
            query->certificate = state;
            return ERR_OK;
        }
    }
    return fail(problem, ERR_INVALID, "certificate",
                "certificate is '%.*s'; expected none, valid, expiring or expired",
                text.len < 32 ? (int)text.len : 32, (const char *)text.data);
}

err_t device_filter_read(const struct call *given, const struct http_request *request,
                         struct device_filter *filter, struct device_query *query, struct problem *problem)
{
    const struct call call = {.api = given->api, .request = request, .who = given->who};
    filter->judge = traffic_judge(given->api->hub);
    query->judge = &filter->judge;
    http_request_param(request, "type", &query->type);
    http_request_param(request, "textSearch", &query->text_search);
    TRY(call_query_id(&call, "deviceProfileId", &query->profile_id, problem));
    TRY(read_asked(&call, "active", &query->active, problem));
    TRY(read_asked(&call, "neverConnected", &query->never_connected, problem));
    return read_certificate(&call, query, problem);
}

struct device_query device_filter_scope(const struct call *call)
{
    struct device_query query = {.tenant_id = call->who.tenant_id};
    if (call->who.authority == AUTHORITY_CUSTOMER_USER)
        query.viewer_id = call->who.customer_id;
    return query;
}

void device_filter_of_group(struct device_query *query, const struct group *group)
{
    if (!group->is_all)
        query->group_id = group->id;
    else if (group->owner_is_customer)
        query->customer_id = group->owner_id;
}

err_t device_filter_read_group(const struct call *call, struct device_query *query, struct problem *problem)
{
    struct group group;
    struct uuid id = {0};
    TRY(call_query_id(call, "entityGroupId", &id, problem));
    if (uuid_is_nil(&id))
        return ERR_OK;
    TRY(access_group(call, &id, RIGHT_READ, &group, problem));
    device_filter_of_group(query, &group);
    group_fini(&group);
    return ERR_OK;
}
