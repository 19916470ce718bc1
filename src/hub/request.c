#include "hub/request.h"

#include "hub/attribute_request.h"
#include "hub/claim.h"
#include "hub/firmware.h"
#include "hub/gateway_request.h"
#include "hub/payload.h"
#include "hub/provision.h"
#include "hub/rpc.h"
#include "hub/rpc_device.h"
#include "hub/webhook.h"

#include <stdlib.h>

static request_work work_of(enum device_topic topic)
{
    switch (topic) {
    case TOPIC_ATTRIBUTES_REQUEST: return attribute_request_answer;
    case TOPIC_RPC_RESPONSE: return rpc_response_work;
    case TOPIC_RPC_REQUEST: return rpc_device_work;
    case TOPIC_FIRMWARE_REQUEST:
    case TOPIC_SOFTWARE_REQUEST: return firmware_answer;
    case TOPIC_CLAIM: return claim_request_work;
    case TOPIC_PROVISION_REQUEST: return provision_request_work;
    case TOPIC_GATEWAY_ATTRIBUTES_REQUEST: return gateway_answer_attributes;
    case TOPIC_GATEWAY_RPC: return gateway_take_rpc_answer;
    case TOPIC_GATEWAY_CLAIM: return gateway_allow_claims;
    default: return NULL;
    }
}

static bool has_answer_topic(enum device_topic topic)
{
    switch (topic) {
    case TOPIC_ATTRIBUTES_REQUEST:
    case TOPIC_RPC_REQUEST:
    case TOPIC_FIRMWARE_REQUEST:
    case TOPIC_SOFTWARE_REQUEST:
    case TOPIC_PROVISION_REQUEST:
    case TOPIC_GATEWAY_ATTRIBUTES_REQUEST: return true;
    default: return false;
    }
}

static void free_request(struct request *request)
{
    profile_config_unref(request->source.profile);
    buf_fini(&request->texts);
    buf_fini(&request->payload);
    buf_fini(&request->answer);
    free(request);
}

static void deliver_answer(struct mail *mail, void *reactor)
{
    struct request *request = (struct request *)mail;
    request->on_answer(reactor, request);
    free_request(request);
}

/* ---- forms: the workers' functions see JSON ---- */

static err_t read_payload(struct request *request)
{
    const struct payload_forms forms = {request->hub->payloads, request->source.profile};
    AUTO_BUF scratch = {.limit = request->answer.limit};
    struct payload_json json;
    TRY(payload_read(&forms, &request->match, buf_slice(&request->payload), &scratch, &json,
                     &request->problem));
    if (json.is_typed) {
        struct buf received = request->payload;
        request->payload = scratch;
        scratch = received;
    }
    return ERR_OK;
}

static err_t write_answer(struct request *request)
{
    const struct payload_forms forms = {request->hub->payloads, request->source.profile};
    enum topic_form form = request->match.form;
    bool has_forms =
        request->match.topic == TOPIC_ATTRIBUTES_REQUEST || request->match.topic == TOPIC_RPC_REQUEST;
    if (!has_forms || request->answer.len == 0 || payload_is_sent_as_json(forms.profile, form))
        return ERR_OK;
    const struct payload_told told = {
        .message = request->match.topic == TOPIC_RPC_REQUEST ? PAYLOAD_RPC_ANSWER : PAYLOAD_ATTRIBUTES_ANSWER,
        .form = form,
        .request_id = request->match.request_id,
        .json = buf_slice(&request->answer),
    };
    AUTO_BUF out = {.limit = request->answer.limit};
    TRY(payload_write(&forms, &told, &out, &request->problem));
    struct buf json = request->answer;
    request->answer = out;
    request->is_binary = true;
    out = json;
    return ERR_OK;
}

static err_t work(struct request *request)
{
    TRY(read_payload(request));
    return work_of(request->match.topic)(request, &request->problem);
}

static err_t finish(struct request *request)
{
    TRY(request->result);
    if (!buf_is_ok(&request->answer))
        return fail(&request->problem, ERR_LIMIT, "", "the answer is larger than mqtt.max_packet");
    return write_answer(request);
}

static void give_back(struct request *request)
{
    request->result = finish(request);
    if (request->result != ERR_OK)
        buf_clear(&request->answer); /* half of one */
    request->mail.deliver = deliver_answer;
    mailbox_return(request->home, &request->mail);
}

/* Thread of the webhook. */
static void run_slow(struct mail *mail, void *owner)
{
    struct request *request = (struct request *)mail;
    request->result = request->slow_work(request, &request->problem);
    give_back(request);
}

/* Worker thread. */
static void run(struct mail *mail, void *owner)
{
    struct request *request = (struct request *)mail;
    request->result = work(request);
    bool is_slow = request->result == ERR_OK && request->slow_work != NULL;
    mail->deliver = run_slow;
    if (is_slow && webhook_submit(request->hub->webhook, mail))
        return;
    if (is_slow)
        request->result = fail(&request->problem, ERR_LIMIT, "", "the webhook is busy; try again later");
    give_back(request);
}

/* What the request borrows from the message. */
static err_t copy_message(struct request *request, struct slice payload)
{
    TRY(ingest_source_copy(&request->source, &request->texts));
    buf_append_slice(&request->payload, payload);
    return buf_is_ok(&request->payload) ? ERR_OK : ERR_NOMEM;
}

err_t request_start(struct hub *hub, struct mailbox *home, const struct ingest_source *source,
                    const uint8_t address[ADDRESS_BYTES], const struct topic_match *match,
                    struct slice payload, void (*on_answer)(void *reactor, struct request *request),
                    struct problem *problem)
{
    if (work_of(match->topic) == NULL)
        return ERR_NOT_FOUND;
    struct request *request = calloc(1, sizeof *request);
    if (request == NULL)
        return ERR_NOMEM;
    *request = (struct request){.mail = {NULL, run},
                                .hub = hub,
                                .home = home,
                                .source = *source,
                                .match = *match,
                                .answer = {.limit = hub->settings->mqtt.max_packet},
                                .on_answer = on_answer};
    if (source->profile != NULL)
        profile_config_ref(source->profile);
    memcpy(request->address, address, ADDRESS_BYTES);
    if (has_answer_topic(match->topic))
        topic_of_answer(match, request->topic);
    err_t err = copy_message(request, payload);
    if (err == ERR_OK && !workers_submit(hub->workers, &request->mail))
        err = fail(problem, ERR_LIMIT, "", "the server is busy; try again later");
    if (err != ERR_OK)
        free_request(request);
    return err;
}
