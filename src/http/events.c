/* What happened to a device, and to clients at the door that are no device. */
#include "hub/events.h"

#include "http/resources.h"

struct output {
    struct buf *out;
    struct page_query page;
    bool is_door;
    uint64_t count;
};

/* Refused logins of known devices: those are told by refusals.c, to whom they concern. Quotes within a text are escaped. */
static bool is_of_a_device(struct slice json)
{
    static const char mark[] = ",\"deviceId\":\"";
    return memmem(json.data, json.len, mark, sizeof mark - 1) != NULL;
}

static bool append(void *arg, int64_t ts, struct slice json)
{
    struct output *o = arg;
    if (o->is_door && is_of_a_device(json))
        return true;
    uint64_t first = (uint64_t)o->page.number * o->page.size;
    if (o->count >= first && o->count < first + o->page.size) {
        buf_append_str(o->out, o->count > first ? "," : "");
        buf_append_slice(o->out, json);
    }
    o->count++;
    return true;
}

static err_t reply(struct call *call, uint64_t device, struct problem *problem)
{
    struct output o = {.out = &call->response->body, .is_door = device == 0};
    TRY(call_query_page(call, &o.page, problem));
    buf_append_str(o.out, "{\"data\":[");
    TRY(events_read(call->api->hub, device, append, &o, problem));
    uint64_t pages = (o.count + o.page.size - 1) / o.page.size;
    buf_printf(o.out, "],\"totalPages\":%llu,\"totalElements\":%llu,\"hasNext\":%s}",
               (unsigned long long)pages, (unsigned long long)o.count,
               o.page.number + UINT64_C(1) < pages ? "true" : "false");
    call->response->status = 200;
    return ERR_OK;
}

err_t events_of_device(struct call *call, struct problem *problem)
{
    uint64_t number;
    TRY(call_part_device(call, 0, "deviceId", &number, problem));
    return reply(call, number, problem);
}

err_t events_of_door(struct call *call, struct problem *problem)
{
    return reply(call, 0, problem);
}
