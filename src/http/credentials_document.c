#include "http/credentials_document.h"

#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"
#include "pki/certificate.h"
#include "pki/digest.h"
#include "pki/pem.h"

#include <stdlib.h>

json_t *credentials_document(const struct credentials *credentials)
{
    char id[UUID_TEXT_SIZE];
    uuid_format(&credentials->id, id);
    return json_pack("{s:{s:s}, s:I, s:o, s:s, s:s, s:s?, s:I}", "id", "id", id, "createdTime",
                     (json_int_t)credentials->created_ms, "deviceId",
                     document_id("DEVICE", &credentials->device_id), "credentialsType",
                     credentials_type_name(credentials->type), "credentialsId", credentials->credentials_id,
                     "credentialsValue", credentials->value, "version", (json_int_t)credentials->version);
}

void credentials_generate(struct credentials *ret)
{
    *ret = (struct credentials){.type = CREDENTIALS_ACCESS_TOKEN};
    random_text(ret->credentials_id, ACCESS_TOKEN_GENERATED);
}

static void replace(struct credentials *c, enum credentials_type type, char *value)
{
    free(c->value);
    c->type = type;
    c->value = value;
}

err_t credentials_set_token(struct credentials *ret, struct slice token, struct problem *problem)
{
    if (token.len == 0 || token.len > ACCESS_TOKEN_MAX)
        return fail(problem, ERR_INVALID, "credentialsId", "the access token has %zu bytes; expected 1 to %d",
                    token.len, ACCESS_TOKEN_MAX);
    TRY(entity_check_name("credentialsId", token, problem));
    if (!slice_to_cstr(token, ret->credentials_id, sizeof ret->credentials_id))
        return fail(problem, ERR_INVALID, "credentialsId", "the access token holds a NUL");
    replace(ret, CREDENTIALS_ACCESS_TOKEN, NULL);
    return ERR_OK;
}

static err_t read_token(const json_t *body, struct credentials *ret, struct problem *problem)
{
    const char *token = NULL;
    TRY(document_get_string(body, "credentialsId", &token, problem));
    if (token == NULL)
        return fail(problem, ERR_INVALID, "credentialsId", "Device credentials id should be specified!");
    return credentials_set_token(ret, slice_str(token), problem);
}

static err_t keep_certificate(const struct api *api, struct slice der, struct credentials *ret,
                              struct problem *problem)
{
    struct certificate_view view = {0};
    const struct settings *settings = api->hub->settings;
    struct certificate_rules rules = {.min_rsa_bits = settings->tls.min_rsa_bits,
                                      .allow_expired = settings->tls.allow_expired};
    TRY(certificate_view_read(der, &view, problem));
    err_t err = certificate_check(&view, clock_wall_ms(), &rules, problem);
    if (err == ERR_OK) {
        char *base64 = strdup(buf_cstr(&view.base64));
        if (base64 != NULL) {
            memcpy(ret->credentials_id, view.fingerprint_hex, sizeof view.fingerprint_hex);
            replace(ret, CREDENTIALS_X509, base64);
        } else {
            err = fail(problem, ERR_NOMEM, "", "no memory for the certificate");
        }
    }
    certificate_view_fini(&view);
    return err;
}

/* The leaf counts, the rest of a chain is left out: what is registered is one certificate. */
static err_t read_certificate(const struct api *api, const json_t *body, struct credentials *ret,
                              struct problem *problem)
{
    const char *text = NULL;
    struct pem_chain chain;
    TRY(document_get_string(body, "credentialsValue", &text, problem));
    if (text == NULL || text[0] == '\0')
        return fail(problem, ERR_INVALID, "credentialsValue",
                    "credentialsValue is empty; expected a certificate as PEM, or the base64 of its DER");
    err_t err = pem_read_certificates(slice_str(text), &chain, problem);
    if (err != ERR_OK) /* too much of it is wrong input too, not a client that asks too often */
        return err == ERR_LIMIT ? ERR_INVALID : err;
    err = keep_certificate(api, buf_slice(&chain.der[0]), ret, problem);
    pem_chain_fini(&chain);
    return err;
}

struct basic {
    char client_id[NAME_SIZE], user_name[NAME_SIZE], password[NAME_SIZE];
};

/* As for names: a control character could not be typed, and ends up in a command shown for a shell. */
static err_t check_basic_text(const char *field, const char *text, struct problem *problem)
{
    return text[0] != '\0' ? entity_check_name(field, slice_str(text), problem) : ERR_OK;
}

static err_t read_basic_members(const json_t *value, struct basic *basic, struct problem *problem)
{
    TRY(document_get_text(value, "clientId", basic->client_id, NAME_SIZE, problem));
    TRY(document_get_text(value, "userName", basic->user_name, NAME_SIZE, problem));
    TRY(document_get_text(value, "password", basic->password, NAME_SIZE, problem));
    TRY(check_basic_text("clientId", basic->client_id, problem));
    TRY(check_basic_text("userName", basic->user_name, problem));
    TRY(check_basic_text("password", basic->password, problem));
    if (basic->client_id[0] == '\0' && basic->user_name[0] == '\0')
        return fail(problem, ERR_INVALID, "credentialsValue", "Both mqtt client id and user name are empty!");
    if (basic->user_name[0] == '\0' && basic->password[0] != '\0')
        return fail(problem, ERR_INVALID, "credentialsValue",
                    "Password cannot be specified without a user name");
    return ERR_OK;
}

static void basic_id(const struct basic *basic, char out[CREDENTIALS_ID_SIZE])
{
    char joined[2 * NAME_SIZE];
    if (basic->client_id[0] == '\0') {
        memcpy(out, basic->user_name, NAME_SIZE);
        return;
    }
    const char *separator = basic->user_name[0] != '\0' ? "|" : "";
    snprintf(joined, sizeof joined, "%s%s%s", basic->client_id, separator, basic->user_name);
    uint8_t digest[SHA3_256_SIZE];
    digest_sha3_256(slice_str(joined), digest);
    text_to_hex(slice_of(digest, sizeof digest), out);
}

static err_t read_basic(const json_t *body, struct credentials *ret, struct problem *problem)
{
    const char *text = NULL;
    struct basic basic = {0};
    TRY(document_get_string(body, "credentialsValue", &text, problem));
    AUTO_JSON value = text != NULL ? json_loads(text, 0, NULL) : NULL;
    if (!json_is_object(value))
        return fail(problem, ERR_INVALID, "credentialsValue",
                    "credentialsValue is no JSON object; expected "
                    "{\"clientId\":..,\"userName\":..,\"password\":..} as text");
    TRY(read_basic_members(value, &basic, problem));
    AUTO_JSON kept = json_pack("{s:o, s:o, s:o}", "clientId", document_text(basic.client_id), "userName",
                               document_text(basic.user_name), "password", document_text(basic.password));
    char *stored = kept != NULL ? json_dumps(kept, JSON_COMPACT) : NULL;
    if (stored == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the credentials");
    basic_id(&basic, ret->credentials_id);
    replace(ret, CREDENTIALS_MQTT_BASIC, stored);
    return ERR_OK;
}

err_t credentials_read(const struct api *api, const json_t *body, struct credentials *ret,
                       struct problem *problem)
{
    const char *name = NULL;
    enum credentials_type type;
    TRY(document_get_string(body, "credentialsType", &name, problem));
    if (name == NULL)
        return fail(problem, ERR_INVALID, "credentialsType", "Device credentials type should be specified!");
    if (!credentials_type_parse(slice_str(name), &type))
        return fail(problem, ERR_INVALID, "credentialsType",
                    "credentialsType is '%.40s'; expected ACCESS_TOKEN, X509_CERTIFICATE or MQTT_BASIC",
                    name);
    switch (type) {
    case CREDENTIALS_ACCESS_TOKEN: return read_token(body, ret, problem);
    case CREDENTIALS_X509: return read_certificate(api, body, ret, problem);
    case CREDENTIALS_MQTT_BASIC: return read_basic(body, ret, problem);
    }
    return ERR_INTERNAL;
}

err_t credentials_conflict(struct call *call, err_t err, const struct problem *problem)
{
    if (err == ERR_CONFLICT && strcmp(problem->field, "version") != 0) {
        call->error_status = 400;
        call->error_code = 31;
    }
    return err;
}
