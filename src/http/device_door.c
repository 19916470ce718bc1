#include "http/device_door.h"

#include "base/address.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/rate_limit.h"
#include "base/text.h"
#include "hub/activity.h"
#include "hub/door.h"
#include "hub/events.h"
#include "pki/certificate.h"
#include "tls/peer.h"

#include <stdio.h>

bool device_is_by_certificate(struct slice path)
{
    return slice_starts_with(path, SLICE("/api/v1/" DEVICE_BY_CERTIFICATE "/"));
}

/* ---- what is shown ----------------------------------------------------------------------------------------- */

static err_t show_certificate(const struct call *call, struct door_question *q, struct problem *problem)
{
    const struct tls_peer *peer = call->request->peer;
    if (peer == NULL)
        return fail(problem, ERR_AUTH, "",
                    "no client certificate: /api/v1/me is for HTTPS with the device's certificate");
    q->type = CREDENTIALS_X509;
    q->chain = peer->chain.count > 0 ? &peer->chain : NULL;
    text_to_hex(slice_of(peer->fingerprint, sizeof peer->fingerprint), q->id);
    if (!call->api->hub->settings->tls.allow_expired &&
        !tls_peer_is_valid(peer, clock_wall_ms(), problem->text, sizeof problem->text))
        return ERR_AUTH;
    return ERR_OK;
}

static err_t show_token(struct slice token, struct door_question *q, struct problem *problem)
{
    q->type = CREDENTIALS_ACCESS_TOKEN;
    if (token.len <= ACCESS_TOKEN_MAX && slice_to_cstr(token, q->id, sizeof q->id))
        return ERR_OK;
    return fail(problem, ERR_AUTH, "", "access token not registered: it is longer than %d bytes",
                ACCESS_TOKEN_MAX);
}

/* ---- refusals ---------------------------------------------------------------------------------------------- */

static void subject_of(const struct tls_peer *peer, char out[CERTIFICATE_NAME_SIZE])
{
    struct certificate_view view;
    out[0] = '\0';
    if (peer == NULL || certificate_view_read(chain_der_at(&peer->chain, 0), &view, NULL) != ERR_OK)
        return;
    snprintf(out, CERTIFICATE_NAME_SIZE, "%s", view.subject);
    certificate_view_fini(&view);
}

static void tell_refusal(const struct call *call, const struct door_question *q, const char *reason)
{
    char address[IP_TEXT_SIZE], subject[CERTIFICATE_NAME_SIZE];
    bool has_certificate = q->type == CREDENTIALS_X509 && call->request->peer != NULL;
    if (!rate_limit_take(call->api->refusals, slice_of(NULL, 0), clock_mono_ms()))
        return;
    address_write(call->request->address, address);
    subject_of(has_certificate ? call->request->peer : NULL, subject);
    struct slice certificate = {0};
    if (has_certificate && call->request->peer->chain.count > 0)
        certificate = chain_der_at(&call->request->peer->chain, 0);
    const struct event event = {.kind = EVENT_REFUSED,
                                .fingerprint = slice_str(has_certificate ? q->id : ""),
                                .address = slice_str(address),
                                .subject = slice_str(subject),
                                .reason = slice_str(reason),
                                .certificate = certificate};
    log_warning("door.refused", log_text("stage", "http"), log_slice("reason", event.reason),
                log_slice("address", event.address), log_slice("fingerprint", event.fingerprint),
                log_slice("subject", event.subject));
    events_record(call->api->hub->events, &event);
}

/* The door's answer as this transport gives it. */
static err_t refusal_of(err_t err, const struct door_question *q, struct problem *problem)
{
    bool is_unknown = err == ERR_NOT_FOUND || err == ERR_DENIED;
    if (!is_unknown || q->problem.text[0] != '\0')
        *problem = q->problem;
    else if (q->type == CREDENTIALS_X509)
        return fail(problem, ERR_AUTH, "", "certificate not registered: no device has these credentials");
    else
        return fail(problem, ERR_AUTH, "", "access token not registered: no device has this token");
    return is_unknown ? ERR_AUTH : err;
}

err_t device_identify(struct call *call, struct problem *problem)
{
    struct hub *hub = call->api->hub;
    struct door_question q = {.address = call->request->address};
    bool is_by_certificate = slice_eq_str(call->parts[0], DEVICE_BY_CERTIFICATE);
    err_t err =
        is_by_certificate ? show_certificate(call, &q, problem) : show_token(call->parts[0], &q, problem);
    if (err == ERR_OK) {
        err = door_ask_blocking(hub->door, &q);
        if (err != ERR_OK)
            err = refusal_of(err, &q, problem);
    }
    if (err != ERR_OK) {
        tell_refusal(call, &q, problem->text);
        return err;
    }
    call->device = q.entry;
    call->profile = q.config;
    activity_heard(hub, q.entry.device);
    return ERR_OK;
}
