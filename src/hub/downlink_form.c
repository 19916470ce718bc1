#include "hub/downlink_form.h"

#include "hub/topics.h"

#include <stdio.h>

/* Where a delivery goes: to one of the two. */
struct receiver {
    struct session *session;
    struct session_state *state;
    const struct session_limits *limits;
    uint64_t now_ms;
    struct buf *out;
};

static enum delivery_result hand_over(const struct receiver *to, const struct delivery *delivery)
{
    if (to->session != NULL)
        return session_deliver(to->session, delivery, to->now_ms, to->out);
    return session_state_queue(to->state, delivery, to->limits, to->now_ms);
}

/* @return false: messages of this kind do not go to devices */
static bool topic_of(const struct downlink *d, enum topic_form form, char out[TOPIC_OUT_SIZE])
{
    switch (d->kind) {
    case DOWNLINK_ATTRIBUTES:
        snprintf(out, TOPIC_OUT_SIZE, "%s", topic_of_attributes_change(form));
        return true;
    case DOWNLINK_RPC: topic_of_rpc_request(form, d->request_id, out); return true;
    case DOWNLINK_DISCONNECT: return false;
    }
    return false;
}

/* Protobuf needs the device's profile. */
static bool form_is_json(enum topic_form form)
{
    return form != FORM_SHORT_PROTOBUF;
}

static enum delivery_result offer(const struct downlink *d, const struct receiver *to)
{
    char topic[TOPIC_OUT_SIZE];
    enum delivery_result result = DELIVERY_UNWANTED;
    for (enum topic_form form = 0; form < FORM_COUNT && result == DELIVERY_UNWANTED; form++) {
        if (!form_is_json(form) || !topic_of(d, form, topic))
            continue;
        const struct delivery delivery = {
            .topic = slice_str(topic),
            .payload = downlink_payload(d),
            .qos = 2, /* lowered to the subscription's */
            .is_utf8 = true,
            .expiry_s = d->expiry_s,
        };
        result = hand_over(to, &delivery);
    }
    return result;
}

enum delivery_result downlink_deliver(const struct downlink *downlink, struct session *session,
                                      uint64_t now_ms, struct buf *out)
{
    const struct receiver to = {.session = session, .now_ms = now_ms, .out = out};
    return offer(downlink, &to);
}

enum delivery_result downlink_queue(const struct downlink *downlink, struct session_state *state,
                                    const struct session_limits *limits, uint64_t now_ms)
{
    const struct receiver to = {.state = state, .limits = limits, .now_ms = now_ms};
    return offer(downlink, &to);
}
