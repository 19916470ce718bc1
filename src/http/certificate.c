/* Certificates as people read them: of a pasted text before it is saved, and of a device. */
#include "http/certificate_document.h"

#include "base/clock.h"
#include "http/resources.h"
#include "pki/pem.h"

enum { EXPIRES_SOON_DAYS = 30 };

static json_t *names_document(const struct certificate_view *view)
{
    json_t *names = json_array();
    for (size_t i = 0; i < view->san_count; i++)
        json_array_append_new(names, json_string(view->san[i]));
    return names;
}

static json_t *fingerprints_document(const struct certificate_view *view)
{
    return json_pack("{s:s, s:s}", "sha3_256_base64", view->fingerprint_hex, "sha256", view->sha256_hex);
}

json_t *certificate_document(const struct certificate_view *view)
{
    return json_pack("{s:s, s:s, s:s, s:I, s:I, s:s, s:s, s:o, s:o, s:b, s:b}", "subject", view->subject,
                     "issuer", view->issuer, "serial", view->serial, "notBefore",
                     (json_int_t)view->not_before_ms, "notAfter", (json_int_t)view->not_after_ms, "keyType",
                     view->key_type, "signatureAlgorithm", view->signature, "sans", names_document(view),
                     "fingerprints", fingerprints_document(view), "isCa", view->is_ca, "selfSigned",
                     view->is_self_signed);
}

static void add(json_t *problems, const char *severity, const char *field, const char *message)
{
    json_t *one = json_pack("{s:s, s:s, s:s}", "severity", severity, "field", field, "message", message);
    json_array_append_new(problems, one);
}

/* Registered to this very device is what saving the same certificate again would find: a hint only. */
static err_t add_registration(struct call *call, const struct certificate_view *view,
                              const struct uuid *device, json_t *problems, struct problem *problem)
{
    struct door_entry entry;
    err_t err = registry_door_find(call->api->hub->registry, CREDENTIALS_X509,
                                   slice_str(view->fingerprint_hex), &entry, NULL, problem);
    if (err == ERR_NOT_FOUND)
        return ERR_OK;
    TRY(err);
    char text[PROBLEM_TEXT_MAX];
    bool is_mine = uuid_eq(&entry.tenant_id, &call->who.tenant_id);
    if (is_mine && uuid_eq(&entry.device_id, device)) {
        add(problems, "warning", "credentialsId", "This certificate is registered for this device already.");
        return ERR_OK;
    }
    snprintf(text, sizeof text, "Specified credentials are already registered!%s%.200s%s",
             is_mine ? " Device: " : "", is_mine ? entry.name : "", is_mine ? "." : "");
    add(problems, "error", "credentialsId", text);
    return ERR_OK;
}

static void add_checks(struct call *call, const struct certificate_view *view, json_t *problems)
{
    const struct settings *settings = call->api->hub->settings;
    struct certificate_rules rules = {.min_rsa_bits = settings->tls.min_rsa_bits,
                                      .allow_expired = settings->tls.allow_expired};
    struct problem found = {0};
    int64_t now = clock_wall_ms();
    if (certificate_check(view, now, &rules, &found) != ERR_OK)
        add(problems, "error", found.field, found.text);
    else if (view->not_after_ms - now < EXPIRES_SOON_DAYS * INT64_C(86400000))
        add(problems, "warning", "validity", "The certificate expires within 30 days.");
    /* "openssl req -x509" marks what it signs with its own key so: nothing to wonder at. */
    if (view->is_ca && !view->is_self_signed)
        add(problems, "warning", "isCa",
            "This is an authority's certificate; a device normally has one of its own, which signs nothing.");
}

static err_t inspect(struct call *call, struct slice text, const struct uuid *device, json_t *problems,
                     json_t **ret_view, struct problem *problem)
{
    struct pem_chain chain;
    struct certificate_view view;
    struct problem found = {0};
    err_t err = pem_read_certificates(text, &chain, &found);
    size_t count = err == ERR_OK ? chain.count : 0;
    if (err == ERR_OK) {
        err = certificate_view_read(buf_slice(&chain.der[0]), &view, &found);
        pem_chain_fini(&chain);
    }
    if (err == ERR_INVALID || err == ERR_LIMIT) {
        add(problems, "error", found.field, found.text);
        return ERR_OK;
    }
    if (err != ERR_OK)
        return fail(problem, err, "", "%s", found.text);
    if (count > 1)
        add(problems, "warning", "certificate",
            "The text holds several certificates; the first is the device's, the others are not kept.");
    add_checks(call, &view, problems);
    err = add_registration(call, &view, device, problems, problem);
    *ret_view = certificate_document(&view);
    certificate_view_fini(&view);
    return err;
}

err_t certificate_inspect(struct call *call, struct problem *problem)
{
    const char *text = NULL;
    struct uuid device = {0};
    TRY(document_get_string(call->body, "certificate", &text, problem));
    TRY(document_get_id(call->body, "deviceId", &device, NULL, problem));
    if (text == NULL)
        return fail(problem, ERR_INVALID, "certificate", "certificate is missing; expected a text");
    AUTO_JSON problems = json_array();
    json_t *view = NULL;
    err_t err = inspect(call, slice_str(text), &device, problems, &view, problem);
    if (err != ERR_OK) {
        json_decref(view);
        return err;
    }
    json_t *document = json_pack("{s:o?, s:o}", "certificate", view, "problems", document_take(&problems));
    return call_reply(call, document, problem);
}

static err_t reply_stored(struct call *call, const struct credentials *credentials, struct problem *problem)
{
    struct pem_chain chain;
    struct certificate_view view;
    if (credentials->type != CREDENTIALS_X509 || credentials->value == NULL)
        return fail(problem, ERR_NOT_FOUND, "", "The device has no X.509 certificate");
    TRY(pem_read_certificates(slice_str(credentials->value), &chain, problem));
    err_t err = certificate_view_read(buf_slice(&chain.der[0]), &view, problem);
    pem_chain_fini(&chain);
    TRY(err);
    err = call_reply(call, certificate_document(&view), problem);
    certificate_view_fini(&view);
    return err;
}

err_t certificate_of_device(struct call *call, struct problem *problem)
{
    struct uuid id;
    struct credentials credentials;
    TRY(call_part_id(call, 0, "deviceId", &id, problem));
    TRY(registry_credentials_get(call->api->hub->registry, &call->who.tenant_id, &id, &credentials, problem));
    err_t err = reply_stored(call, &credentials, problem);
    credentials_fini(&credentials);
    return err;
}
