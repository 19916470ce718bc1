#include "hub/gateway_form.h"

#include "json/writer.h"

static void begin(struct json_writer *w, struct buf *out, struct slice device)
{
    json_writer_init(w, out);
    json_write_object_begin(w);
    json_write_name(w, SLICE("device"));
    json_write_string(w, device);
}

/* @param d  what it is made of, or NULL */
static enum delivery_result finish(struct json_writer *w, const char *topic, const struct downlink *d,
                                   struct session *session, uint64_t now_ms, struct buf *out)
{
    json_write_object_end(w);
    if (!json_writer_finish(w))
        return DELIVERY_DROPPED;
    const struct delivery delivery = {
        .topic = slice_str(topic),
        .payload = buf_slice(w->out),
        .qos = 2, /* lowered to the subscription's */
        .is_utf8 = true,
        .expiry_s = d != NULL ? d->expiry_s : 0,
        .tag = d != NULL ? d->tag : 0,
    };
    return session_deliver(session, &delivery, now_ms, out);
}

/* The call's members behind its number. */
static void write_call(struct json_writer *w, const struct downlink *d)
{
    struct slice call = downlink_payload(d); /* {"method":..,"params":..}, compact */
    AUTO_BUF numbered = {0};
    CHECK(call.len > 2 && call.data[0] == '{');
    buf_printf(&numbered, "{\"id\":%u,", d->request_id);
    buf_append_slice(&numbered, slice_skip(call, 1));
    w->out->failed |= numbered.failed;
    json_write_raw(w, buf_slice(&numbered));
}

enum delivery_result gateway_deliver(const struct downlink *d, struct slice device, struct session *session,
                                     uint64_t now_ms, struct buf *out)
{
    AUTO_BUF json = {0};
    struct json_writer w;
    bool is_call = d->kind == DOWNLINK_RPC;
    begin(&w, &json, device);
    json_write_name(&w, SLICE("data"));
    if (is_call)
        write_call(&w, d);
    else
        json_write_raw(&w, downlink_payload(d));
    return finish(&w, is_call ? "v1/gateway/rpc" : "v1/gateway/attributes", d, session, now_ms, out);
}

void gateway_tell_end(struct slice device, uint8_t reason, struct session *session, uint64_t now_ms,
                      struct buf *out)
{
    AUTO_BUF json = {0};
    struct json_writer w;
    begin(&w, &json, device);
    json_write_name(&w, SLICE("reason"));
    json_write_int(&w, reason);
    (void)finish(&w, "v1/gateway/disconnect", NULL, session, now_ms, out);
}
