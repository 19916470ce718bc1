#include "hub/credentials.h"

#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"
#include "pki/certificate.h"
#include "pki/digest.h"
#include "pki/pem.h"
#include "json/document.h"

#include <stdio.h>
#include <stdlib.h>

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

static err_t keep_certificate(const struct settings *settings, struct slice der, struct credentials *ret,
                              struct problem *problem)
{
    struct certificate_view view = {0};
    struct certificate_rules rules = {.min_rsa_bits = settings->tls.min_rsa_bits,
                                      .allow_expired = settings->tls.allow_expired};
    TRY(certificate_view_read(der, &view, problem));
    err_t err = certificate_check(&view, clock_wall_ms(), &rules, problem);
    if (err == ERR_OK) {
        char *base64 = strdup(buf_cstr(&view.base64));
        if (base64 != NULL) {
            memcpy(ret->credentials_id, view.fingerprint_hex, sizeof view.fingerprint_hex);
            replace(ret, CREDENTIALS_X509, base64);
            ret->not_after_ms = view.not_after_ms;
        } else {
            err = fail(problem, ERR_NOMEM, "", "no memory for the certificate");
        }
    }
    certificate_view_fini(&view);
    return err;
}

err_t credentials_set_certificate(struct credentials *ret, struct slice text, const struct settings *settings,
                                  struct problem *problem)
{
    struct pem_chain chain;
    if (text.len == 0)
        return fail(problem, ERR_INVALID, "credentialsValue",
                    "credentialsValue is empty; expected a certificate as PEM, or the base64 of its DER");
    err_t err = pem_read_certificates(text, &chain, problem);
    if (err != ERR_OK) /* too much of it is wrong input too, not a client that asks too often */
        return err == ERR_LIMIT ? ERR_INVALID : err;
    err = keep_certificate(settings, buf_slice(&chain.der[0]), ret, problem);
    pem_chain_fini(&chain);
    return err;
}

/* As for names: a control character could not be typed, and ends up in a command shown for a shell. */
static err_t check_basic_text(const char *field, const char *text, struct problem *problem)
{
    return text[0] != '\0' ? entity_check_name(field, slice_str(text), problem) : ERR_OK;
}

static err_t check_basic(const struct credentials_basic *basic, struct problem *problem)
{
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

void credentials_basic_id(const char *client_id, const char *user_name, char out[CREDENTIALS_ID_SIZE])
{
    char joined[2 * NAME_SIZE];
    if (client_id[0] == '\0') {
        snprintf(out, CREDENTIALS_ID_SIZE, "%s", user_name);
        return;
    }
    const char *separator = user_name[0] != '\0' ? "|" : "";
    snprintf(joined, sizeof joined, "%s%s%s", client_id, separator, user_name);
    uint8_t digest[SHA3_256_SIZE];
    digest_sha3_256(slice_str(joined), digest);
    text_to_hex(slice_of(digest, sizeof digest), out);
}

static const char *text_or_null(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

err_t credentials_set_basic(struct credentials *ret, const struct credentials_basic *basic,
                            struct problem *problem)
{
    TRY(check_basic(basic, problem));
    AUTO_JSON kept = json_pack("{s:s?, s:s?, s:s?}", "clientId", text_or_null(basic->client_id), "userName",
                               text_or_null(basic->user_name), "password", text_or_null(basic->password));
    char *stored = kept != NULL ? json_dumps(kept, JSON_COMPACT) : NULL;
    if (stored == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the credentials");
    credentials_basic_id(basic->client_id, basic->user_name, ret->credentials_id);
    replace(ret, CREDENTIALS_MQTT_BASIC, stored);
    return ERR_OK;
}
