#include "hub/downlink_form.h"

#include "base/log.h"
#include "hub/profile_topics.h"
#include "hub/topics.h"

#include <stdio.h>

/* Where a delivery goes: to a session, or to a state whose client is away. */
struct receiver {
    const struct payload_forms *forms;
    const struct session_state *kept; /* of either */
    struct session *session;
    struct session_state *state;
    const struct session_limits *limits;
    uint64_t number;
    uint64_t now_ms;
    struct buf *out;
};

static enum delivery_result hand_over(const struct receiver *to, const struct delivery *delivery)
{
    if (to->session != NULL)
        return session_deliver(to->session, delivery, to->now_ms, to->out);
    return session_state_queue(to->state, delivery, to->limits, to->now_ms);
}

static void topic_of(const struct downlink *d, enum topic_form form, char out[TOPIC_OUT_SIZE])
{
    switch (d->kind) {
    case DOWNLINK_ATTRIBUTES: snprintf(out, TOPIC_OUT_SIZE, "%s", topic_of_attributes_change(form)); return;
    case DOWNLINK_RPC: topic_of_rpc_request(form, d->request_id, out); return;
    }
}

MUST_USE static err_t write_payload(const struct downlink *d, const struct payload_forms *forms,
                                    enum topic_form form, struct buf *out)
{
    struct problem problem = {0};
    const struct payload_told told = {
        .message = d->kind == DOWNLINK_RPC ? PAYLOAD_RPC_REQUEST : PAYLOAD_ATTRIBUTES,
        .form = form,
        .request_id = d->request_id,
        .json = downlink_payload(d),
    };
    err_t err = forms->payloads != NULL ? payload_write(forms, &told, out, &problem) : ERR_INVALID;
    if (err != ERR_OK)
        log_warning("downlink.no_form", log_text("reason", problem.text));
    return err;
}

/* To those who subscribed to this topic; the payload is made only if somebody did. */
static enum delivery_result offer_on(const struct downlink *d, const struct receiver *to, struct slice topic,
                                     enum topic_form form)
{
    AUTO_BUF foreign = {0};
    bool is_json = payload_is_sent_as_json(to->forms->profile, form);
    if (!is_json && !session_state_wants(to->kept, topic))
        return DELIVERY_UNWANTED;
    if (!is_json && write_payload(d, to->forms, form, &foreign) != ERR_OK)
        return DELIVERY_DROPPED;
    const struct delivery delivery = {
        .topic = topic,
        .payload = is_json ? downlink_payload(d) : buf_slice(&foreign),
        .qos = 2, /* lowered to the subscription's */
        .is_utf8 = is_json,
        .expiry_s = d->expiry_s,
        .number = to->number,
        .tag = d->tag,
    };
    return hand_over(to, &delivery);
}

/* Attribute changes on the topic that the profile gives them. */
static enum delivery_result offer_on_own(const struct downlink *d, const struct receiver *to)
{
    const struct profile_config *profile = to->forms->profile;
    const struct subscription *sub = NULL;
    struct slice filter;
    enum delivery_result result = DELIVERY_UNWANTED;
    if (d->kind != DOWNLINK_ATTRIBUTES || profile == NULL || !profile_has_attributes_topic(profile))
        return result;
    while (result == DELIVERY_UNWANTED &&
           (sub = session_state_subscription(to->kept, sub, &filter)) != NULL) {
        AUTO_BUF topic = {0};
        if (profile_attributes_topic(profile, filter, &topic))
            result = offer_on(d, to, buf_slice(&topic), FORM_LONG);
    }
    return result;
}

static enum delivery_result offer(const struct downlink *d, const struct receiver *to)
{
    char topic[TOPIC_OUT_SIZE];
    enum delivery_result result = DELIVERY_UNWANTED;
    if (to->kept == NULL)
        return result;
    for (enum topic_form form = 0; form < FORM_COUNT && result == DELIVERY_UNWANTED; form++) {
        topic_of(d, form, topic);
        result = offer_on(d, to, slice_str(topic), form);
    }
    return result == DELIVERY_UNWANTED ? offer_on_own(d, to) : result;
}

enum delivery_result downlink_deliver(const struct downlink *downlink, const struct payload_forms *forms,
                                      struct session *session, uint64_t number, uint64_t now_ms,
                                      struct buf *out)
{
    const struct receiver to = {.forms = forms,
                                .kept = session_kept(session),
                                .session = session,
                                .number = number,
                                .now_ms = now_ms,
                                .out = out};
    return offer(downlink, &to);
}

enum delivery_result downlink_queue(const struct downlink *downlink, const struct payload_forms *forms,
                                    struct session_state *state, const struct session_limits *limits,
                                    uint64_t number, uint64_t now_ms)
{
    const struct receiver to = {
        .forms = forms, .kept = state, .state = state, .limits = limits, .number = number, .now_ms = now_ms};
    return offer(downlink, &to);
}
