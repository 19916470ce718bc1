/* Where a tenant has telemetry and lifecycle events sent: hub/forwarder.h. */
#include "hub/forwarder.h"

#include "base/log.h"
#include "base/random.h"
#include "http/resources.h"
#include "hub/forward_check.h"
#include "store/registry_forwarding.h"

#include <stdlib.h>

/* ---- documents --------------------------------------------------------------------------------------------- */

static json_t *time_or_null(int64_t ms)
{
    return ms != 0 ? json_integer(ms) : json_null();
}

static json_t *status_document(const struct call *call, const struct forwarding *f)
{
    struct forwarder_status status;
    forwarder_status(call->api->hub->forwarder, f, &status);
    return json_pack("{s:o, s:o, s:o, s:I, s:I, s:I}", "lastSuccessTime",
                     time_or_null(status.last_success_ms), "lastErrorTime",
                     time_or_null(status.last_error_ms), "lastError", document_text(status.last_error),
                     "queuedEvents", (json_int_t)status.queued_events, "queuedBytes",
                     (json_int_t)status.queued_bytes, "droppedEvents", (json_int_t)status.dropped_events);
}

/* The secret is in no document. */
static json_t *forwarding_document(const struct call *call, const struct forwarding *f)
{
    return json_pack("{s:o, s:I, s:o, s:I, s:s, s:s, s:b, s:b, s:b, s:o, s:b, s:o}", "id",
                     document_id("FORWARDING", &f->id), "createdTime", (json_int_t)f->created_ms, "tenantId",
                     document_id("TENANT", &f->tenant_id), "version", (json_int_t)f->version, "name", f->name,
                     "url", f->url, "telemetry", (f->kinds & FORWARD_TELEMETRY) != 0, "attributes",
                     (f->kinds & FORWARD_ATTRIBUTES) != 0, "lifecycle", (f->kinds & FORWARD_LIFECYCLE) != 0,
                     "deviceProfileId", document_id_or_null("DEVICE_PROFILE", &f->profile_id), "enabled",
                     f->is_enabled, "status", status_document(call, f));
}

/* ---- reading ----------------------------------------------------------------------------------------------- */

static err_t read_secret(const struct call *call, struct forwarding *f, struct problem *problem)
{
    const char *secret = NULL;
    TRY(document_get_string(call->body, "secret", &secret, problem));
    if (secret == NULL && f->secret[0] != '\0')
        return ERR_OK; /* as it is stored */
    size_t len = secret != NULL ? strlen(secret) : 0;
    if (len < FORWARD_SECRET_MIN || len >= FORWARD_SECRET_SIZE) /* what was there is not told */
        return fail(problem, ERR_INVALID, "secret", "secret has %zu bytes; expected %d to %d", len,
                    FORWARD_SECRET_MIN, FORWARD_SECRET_SIZE - 1);
    memcpy(f->secret, secret, len + 1);
    return ERR_OK;
}

static err_t read_url(const struct call *call, struct forwarding *f, struct problem *problem)
{
    TRY(document_get_text(call->body, "url", f->url, sizeof f->url, problem));
    for (const char *c = f->url; *c != '\0'; c++)
        if (*c <= ' ' || *c > '~')
            return fail(problem, ERR_INVALID, "url", "url holds a space or a character that is not ASCII");
    return forward_check_url(f->url, call->api->hub->settings, problem);
}

static err_t read_kind(const json_t *body, const char *name, enum forward_kind kind, struct forwarding *f,
                       struct problem *problem)
{
    bool is_set = (f->kinds & kind) != 0;
    TRY(document_get_bool(body, name, &is_set, problem));
    f->kinds = is_set ? f->kinds | kind : f->kinds & ~(unsigned)kind;
    return ERR_OK;
}

static err_t read_kinds(const json_t *body, struct forwarding *f, struct problem *problem)
{
    TRY(read_kind(body, "telemetry", FORWARD_TELEMETRY, f, problem));
    TRY(read_kind(body, "attributes", FORWARD_ATTRIBUTES, f, problem));
    TRY(read_kind(body, "lifecycle", FORWARD_LIFECYCLE, f, problem));
    return f->kinds != 0
               ? ERR_OK
               : fail(problem, ERR_INVALID, "telemetry",
                      "nothing is to be sent; expected telemetry, attributes or lifecycle to be true");
}

static err_t read_profile(const json_t *body, struct forwarding *f, struct problem *problem)
{
    const json_t *profile = json_object_get(body, "deviceProfileId");
    if (json_is_null(profile))
        f->profile_id = (struct uuid){0};
    return document_get_id(body, "deviceProfileId", &f->profile_id, NULL, problem);
}

static err_t read_members(const struct call *call, struct forwarding *f, struct problem *problem)
{
    TRY(document_get_text(call->body, "name", f->name, sizeof f->name, problem));
    TRY(entity_check_name("name", slice_str(f->name), problem));
    TRY(read_url(call, f, problem));
    TRY(read_secret(call, f, problem));
    TRY(read_kinds(call->body, f, problem));
    TRY(read_profile(call->body, f, problem));
    return document_get_bool(call->body, "enabled", &f->is_enabled, problem);
}

static err_t find(const struct call *call, struct forwarding *ret, struct problem *problem)
{
    struct uuid id;
    TRY(call_part_id(call, 0, "forwardingId", &id, problem));
    return registry_forwarding_get(call->api->hub->registry, &call->who.tenant_id, &id, ret, problem);
}

/* ---- routes ------------------------------------------------------------------------------------------------ */

static err_t save(struct call *call, const struct uuid *id, struct forwarding *f, struct problem *problem)
{
    struct registry *registry = call->api->hub->registry;
    if (id == NULL) {
        TRY(read_members(call, f, problem));
        return registry_forwarding_add(registry, f, problem);
    }
    TRY(registry_forwarding_get(registry, &call->who.tenant_id, id, f, problem));
    TRY(call_check_version(call->body, "Forwarding", f->version, problem));
    TRY(read_members(call, f, problem));
    return registry_forwarding_update(registry, f, problem);
}

err_t forwarding_save(struct call *call, struct problem *problem)
{
    struct forwarding f = {.tenant_id = call->who.tenant_id, .is_enabled = true};
    struct uuid id;
    bool has_id = false;
    TRY(document_get_id(call->body, "id", &id, &has_id, problem));
    err_t err = save(call, has_id ? &id : NULL, &f, problem);
    wipe(f.secret, sizeof f.secret);
    if (err != ERR_OK)
        return call_conflict(call, err, problem);
    TRY(forwarder_reload(call->api->hub->forwarder, problem));
    log_info("forwarding.saved", log_text("name", f.name));
    return call_reply(call, forwarding_document(call, &f), problem);
}

err_t forwarding_get(struct call *call, struct problem *problem)
{
    struct forwarding f;
    TRY(find(call, &f, problem));
    wipe(f.secret, sizeof f.secret);
    return call_reply(call, forwarding_document(call, &f), problem);
}

err_t forwarding_list(struct call *call, struct problem *problem)
{
    struct forwarding *list = NULL;
    size_t count = 0;
    err_t err = ERR_OK;
    TRY(registry_forwarding_list(call->api->hub->registry, &call->who.tenant_id, &list, &count, problem));
    AUTO_JSON data = json_array();
    for (size_t i = 0; i < count && err == ERR_OK; i++)
        if (json_array_append_new(data, forwarding_document(call, &list[i])) != 0)
            err = fail(problem, ERR_NOMEM, "", "no memory for the list");
    if (list != NULL)
        wipe(list, count * sizeof *list);
    free(list);
    return err == ERR_OK ? call_reply(call, document_take(&data), problem) : err;
}

err_t forwarding_delete(struct call *call, struct problem *problem)
{
    struct forwarding f;
    TRY(find(call, &f, problem));
    wipe(f.secret, sizeof f.secret);
    call_audit_name(call, f.name);
    TRY(registry_forwarding_delete(call->api->hub->registry, &call->who.tenant_id, &f.id, problem));
    TRY(forwarder_reload(call->api->hub->forwarder, problem));
    log_info("forwarding.deleted", log_text("name", f.name));
    call->response->status = 200;
    return ERR_OK;
}

/* What the endpoint did is the answer, whatever it did. */
err_t forwarding_test(struct call *call, struct problem *problem)
{
    struct forwarding f;
    struct problem outcome = {0};
    long status = 0;
    TRY(find(call, &f, problem));
    err_t err = forwarder_test(call->api->hub->forwarder, &f, &status, &outcome);
    wipe(f.secret, sizeof f.secret);
    if (err != ERR_OK && err != ERR_IO)
        return fail(problem, err, "", "%s", outcome.text);
    return call_reply(call,
                      json_pack("{s:b, s:o, s:o}", "success", err == ERR_OK, "status",
                                status != 0 ? json_integer(status) : json_null(), "error",
                                document_text(err == ERR_OK ? "" : outcome.text)),
                      problem);
}
