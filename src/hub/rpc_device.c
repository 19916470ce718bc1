#include "hub/rpc_device.h"

#include "base/clock.h"
#include "base/log.h"
#include "hub/presence.h"
#include "hub/webhook.h"
#include "pki/certificate.h"
#include "pki/pem.h"
#include "json/document.h"

#include <stdlib.h>

enum { DAY_MS = 24 * 60 * 60 * 1000 };

static json_t *error(const char *text)
{
    return json_pack("{s:s}", "error", text);
}

/* ---- the platform's methods: NULL = no memory ---- */

static json_t *get_time(struct hub *hub, const struct device *device)
{
    return json_pack("{s:I}", "time", (json_int_t)clock_wall_ms());
}

static json_t *view_document(const struct certificate_view *view)
{
    int64_t left_ms = view->not_after_ms - clock_wall_ms();
    return json_pack("{s:s, s:I, s:s, s:I}", "subject", view->subject, "notAfter",
                     (json_int_t)view->not_after_ms, "fingerprint", view->fingerprint_hex, "daysLeft",
                     (json_int_t)(left_ms > 0 ? left_ms / DAY_MS : 0));
}

static json_t *read_certificate(const char *base64)
{
    struct pem_chain chain;
    struct certificate_view view;
    if (pem_read_certificates(slice_str(base64), &chain, NULL) != ERR_OK)
        return error("the registered certificate cannot be read");
    err_t err = certificate_view_read(buf_slice(&chain.der[0]), &view, NULL);
    pem_chain_fini(&chain);
    if (err != ERR_OK)
        return error("the registered certificate cannot be read");
    json_t *document = view_document(&view);
    certificate_view_fini(&view);
    return document;
}

static json_t *get_certificate(struct hub *hub, const struct device *device)
{
    struct credentials credentials;
    err_t err = registry_credentials_get(hub->registry, &device->tenant_id, &device->id, &credentials, NULL);
    if (err != ERR_OK)
        return error("the registry cannot be read");
    bool has_one = credentials.type == CREDENTIALS_X509 && credentials.value != NULL;
    json_t *document =
        has_one ? read_certificate(credentials.value) : error("the device has no X.509 certificate");
    credentials_fini(&credentials);
    return document;
}

static json_t *get_session_info(struct hub *hub, const struct device *device)
{
    char id[UUID_TEXT_SIZE];
    struct presence_view view;
    uuid_format(&device->id, id);
    presence_look(hub->presence, device->number, &view);
    return json_pack("{s:s, s:s, s:s, s:I}", "deviceName", device->name, "deviceId", id, "deviceType",
                     device->type, "connectedSince", (json_int_t)view.last_connect_ms);
}

static const struct {
    const char *method;
    json_t *(*answer)(struct hub *hub, const struct device *device);
} methods[] = {
    {"getTime", get_time},
    {"getCertificate", get_certificate},
    {"getSessionInfo", get_session_info},
};

/* ---- a call ---- */

static err_t append(json_t *document, struct buf *out, struct problem *problem)
{
    AUTO_JSON taken = document;
    char *text = taken != NULL ? json_dumps(taken, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    if (text == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the answer");
    buf_append_str(out, text);
    free(text);
    return ERR_OK;
}

static json_t *question(const struct device *device, const char *method, json_t *call)
{
    char id[UUID_TEXT_SIZE];
    uuid_format(&device->id, id);
    json_t *params = json_object_get(call, "params");
    return json_pack("{s:s, s:s, s:s, s:s, s:O}", "deviceId", id, "deviceName", device->name, "deviceType",
                     device->type, "method", method, "params", params != NULL ? params : json_null());
}

static err_t answer_method(struct hub *hub, const struct device *device, const char *method, json_t *call,
                           struct buf *answer, struct buf *asked, struct problem *problem)
{
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (strcmp(method, methods[i].method) == 0)
            return append(methods[i].answer(hub, device), answer, problem);
    if (hub->webhook != NULL)
        return append(question(device, method, call), asked, problem);
    return append(
        error("nobody answers this method; the platform knows getTime, getCertificate and getSessionInfo"),
        answer, problem);
}

static err_t answer_call(struct hub *hub, uint64_t number, json_t *call, struct buf *answer,
                         struct buf *asked, struct problem *problem)
{
    struct problem wrong = {0};
    struct device device;
    const char *method = NULL;
    if (!json_is_object(call))
        return append(error("expected an object {\"method\":..,\"params\":..}"), answer, problem);
    if (document_get_string(call, "method", &method, &wrong) != ERR_OK)
        return append(error(wrong.text), answer, problem);
    if (method == NULL)
        return append(error("method is missing"), answer, problem);
    TRY(registry_device_by_number(hub->registry, number, &device, problem));
    err_t err = answer_method(hub, &device, method, call, answer, asked, problem);
    device_fini(&device);
    return err;
}

err_t rpc_device_answer(struct hub *hub, uint64_t device, struct slice payload, struct buf *answer,
                        struct buf *asked, struct problem *problem)
{
    AUTO_JSON call = NULL;
    TRY(document_parse_lenient(payload, hub->settings->json.max_depth, &call, problem));
    return answer_call(hub, device, call, answer, asked, problem);
}

err_t rpc_device_ask(struct hub *hub, struct slice asked, struct buf *answer, struct problem *problem)
{
    AUTO_BUF body = {.limit = hub->settings->mqtt.max_payload};
    AUTO_JSON document = NULL;
    struct problem found = {0};
    err_t err = webhook_ask(hub->webhook, asked, &body, &found);
    if (err == ERR_OK &&
        document_parse_lenient(buf_slice(&body), hub->settings->json.max_depth, &document, &found) != ERR_OK)
        err = fail(&found, ERR_IO, "", "the webhook's answer is not JSON");
    if (err != ERR_OK) {
        log_warning("webhook.failed", log_text("reason", found.text));
        return append(error(found.text), answer, problem);
    }
    return append(document_take(&document), answer, problem);
}

/* On the webhook's thread; the payload is the question now. */
static err_t ask_webhook(struct request *request, struct problem *problem)
{
    return rpc_device_ask(request->hub, buf_slice(&request->payload), &request->answer, problem);
}

err_t rpc_device_work(struct request *request, struct problem *problem)
{
    AUTO_BUF asked = {0};
    TRY(rpc_device_answer(request->hub, request->source.device, buf_slice(&request->payload),
                          &request->answer, &asked, problem));
    if (asked.len == 0)
        return ERR_OK;
    struct buf payload = request->payload;
    request->payload = asked;
    asked = payload;
    request->slow_work = ask_webhook;
    return ERR_OK;
}
