/* Claiming, as a customer's user does it; what devices allow is in hub/claim.h. */
#include "hub/claim.h"
#include "http/device_document.h"
#include "http/resources.h"

static struct claimant claimant_of(const struct call *call)
{
    return (struct claimant){call->who.tenant_id, call->who.customer_id, call->who.user_id};
}

/* The name of no device is longer. */
static err_t read_name(const struct call *call, char out[NAME_SIZE], struct problem *problem)
{
    if (slice_to_cstr(call->parts[0], out, NAME_SIZE))
        return ERR_OK;
    return fail(problem, ERR_INVALID, "deviceName", "deviceName has %zu bytes; expected 1 to %d",
                call->parts[0].len, NAME_SIZE - 1);
}

/* The body may be left out. */
static err_t read_secret(const struct call *call, char out[NAME_SIZE], struct problem *problem)
{
    AUTO_JSON body = NULL;
    out[0] = '\0';
    if (call->request->body.len == 0)
        return ERR_OK;
    TRY(document_parse(call->request->body, &body, problem));
    if (!json_is_object(body))
        return fail(problem, ERR_INVALID, "", "the body is %s; expected an object", document_kind(body));
    return document_get_text(body, "secretKey", out, NAME_SIZE, problem);
}

static err_t reply(struct call *call, enum claim_outcome outcome, const struct device *device,
                   struct problem *problem)
{
    bool is_success = outcome == CLAIM_SUCCESS;
    TRY(call_reply(call,
                   json_pack("{s:o, s:s}", "device", is_success ? device_document(device) : json_null(),
                             "response", claim_outcome_name(outcome)),
                   problem));
    if (!is_success)
        call->response->status = 400;
    return ERR_OK;
}

err_t claim_take_device(struct call *call, struct problem *problem)
{
    struct claimant who = claimant_of(call);
    struct device device = {0};
    enum claim_outcome outcome;
    char name[NAME_SIZE], secret[NAME_SIZE];
    TRY(read_name(call, name, problem));
    call_audit_name(call, name);
    TRY(read_secret(call, secret, problem));
    TRY(claim_device(call->api->hub, &who, name, secret, &outcome, &device, problem));
    if (outcome == CLAIM_SUCCESS)
        call_audit_entity(call, &device.id, device.name);
    call_audit_detail(call, "response", json_string(claim_outcome_name(outcome)));
    err_t err = reply(call, outcome, &device, problem);
    device_fini(&device);
    return err;
}

err_t claim_return_device(struct call *call, struct problem *problem)
{
    struct claimant who = claimant_of(call);
    char name[NAME_SIZE];
    struct uuid id;
    TRY(read_name(call, name, problem));
    call_audit_name(call, name);
    TRY(claim_give_back(call->api->hub, &who, name, &id, problem));
    call_audit_entity(call, &id, name);
    call->response->status = 200;
    return ERR_OK;
}
