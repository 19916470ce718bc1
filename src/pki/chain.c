#include "pki/chain.h"

#include "base/text.h"
#include "pki/chain_fault.h"

#include <stdlib.h>

struct chain {
    X509 *certificates[CHAIN_MAX]; /* the leaf first */
    size_t count;
    const X509_NAME *issuers[CHAIN_MAX];
    size_t issuer_count;
};

static const char field[] = "certificate";

struct slice chain_der_at(const struct chain_der *der, size_t i)
{
    uint32_t start = i == 0 ? 0 : der->end[i - 1];
    return slice_of(der->bytes + start, der->end[i] - start);
}

void chain_der_fini(struct chain_der *der)
{
    free(der->bytes);
    *der = (struct chain_der){0};
}

static err_t parse(struct slice der, X509 **ret, struct problem *problem)
{
    const unsigned char *pos = der.data;
    X509 *x509 = der.len != 0 && der.len <= CERTIFICATE_DER_MAX ? d2i_X509(NULL, &pos, (long)der.len) : NULL;
    if (x509 == NULL || pos != der.data + der.len) {
        X509_free(x509);
        return fail(problem, ERR_INVALID, field,
                    "not a certificate: the %zu bytes are no X.509 structure (ASN.1)", der.len);
    }
    *ret = x509;
    return ERR_OK;
}

static void add_issuer(struct chain *chain, const X509 *certificate)
{
    const X509_NAME *name = X509_get_issuer_name(certificate);
    for (size_t i = 0; i < chain->issuer_count; i++) {
        if (X509_NAME_cmp(chain->issuers[i], name) == 0)
            return;
    }
    chain->issuers[chain->issuer_count++] = name;
}

/* Each certificate adds one name at most, so there is room. */
static void follow_issuers(struct chain *chain)
{
    add_issuer(chain, chain->certificates[0]);
    for (size_t i = 0; i < chain->issuer_count; i++) {
        for (size_t k = 1; k < chain->count; k++) {
            if (X509_NAME_cmp(chain->issuers[i], X509_get_subject_name(chain->certificates[k])) == 0)
                add_issuer(chain, chain->certificates[k]);
        }
    }
}

err_t chain_read(const struct chain_der *der, struct chain **ret, struct problem *problem)
{
    KEEP_ERROR_QUEUE();
    CHECK(der->count >= 1 && der->count <= CHAIN_MAX);
    struct chain *chain = calloc(1, sizeof *chain);
    if (chain == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory");
    for (; chain->count < der->count; chain->count++) {
        err_t err = parse(chain_der_at(der, chain->count), &chain->certificates[chain->count], problem);
        if (err != ERR_OK) {
            chain_free(chain);
            return err;
        }
    }
    follow_issuers(chain);
    *ret = chain;
    return ERR_OK;
}

void chain_free(struct chain *chain)
{
    if (chain == NULL)
        return;
    for (size_t i = 0; i < chain->count; i++)
        X509_free(chain->certificates[i]);
    free(chain);
}

/* ---- names ---- */

size_t chain_issuer_count(const struct chain *chain)
{
    return chain->issuer_count;
}

static uint32_t hash_name(const X509_NAME *name)
{
    return (uint32_t)X509_NAME_hash_ex(name, NULL, NULL, NULL);
}

uint32_t chain_issuer_hash(const struct chain *chain, size_t i)
{
    KEEP_ERROR_QUEUE();
    CHECK(i < chain->issuer_count);
    return hash_name(chain->issuers[i]);
}

err_t chain_subject_hash(struct slice der, uint32_t *ret_hash, struct problem *problem)
{
    KEEP_ERROR_QUEUE();
    AUTO_X509 *x509 = NULL;
    TRY(parse(der, &x509, problem));
    *ret_hash = hash_name(X509_get_subject_name(x509));
    return ERR_OK;
}

void chain_top_issuer(const struct chain *chain, char *out, size_t size)
{
    KEEP_ERROR_QUEUE();
    chain_short_name(chain->issuers[chain->issuer_count - 1], out, size);
}

bool chain_is_self_issued(const struct chain *chain)
{
    const X509 *leaf = chain->certificates[0];
    return X509_NAME_cmp(X509_get_subject_name(leaf), X509_get_issuer_name(leaf)) == 0;
}

static err_t copy_name(struct slice text, char out[COMMON_NAME_SIZE], struct problem *problem)
{
    if (text.len == 0)
        return fail(problem, ERR_DENIED, field, "certificate refused: its common name is empty");
    if (text.len >= COMMON_NAME_SIZE)
        return fail(problem, ERR_DENIED, field,
                    "certificate refused: its common name is %zu bytes long; expected at most %d", text.len,
                    COMMON_NAME_SIZE - 1);
    if (!text_is_utf8(text) || !slice_to_cstr(text, out, COMMON_NAME_SIZE))
        return fail(problem, ERR_DENIED, field,
                    "certificate refused: its common name holds bytes that are no text");
    return ERR_OK;
}

err_t chain_common_name(const struct chain *chain, char out[COMMON_NAME_SIZE], struct problem *problem)
{
    KEEP_ERROR_QUEUE();
    const X509_NAME *subject = X509_get_subject_name(chain->certificates[0]);
    int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    unsigned char *text = NULL;
    char name[COMMON_NAME_SIZE];
    if (at < 0)
        return fail(problem, ERR_DENIED, field, "certificate refused: its subject has no common name (CN)");
    int len = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    if (len < 0)
        return fail(problem, ERR_DENIED, field, "certificate refused: its common name cannot be read");
    err_t err = copy_name(slice_of(text, (size_t)len), name, problem);
    OPENSSL_free(text);
    if (err == ERR_OK)
        memcpy(out, name, sizeof name);
    return err;
}

/* ---- path validation ---- */

/* For rules->allow_expired: the dates of the leaf do not matter. */
static int pardon_dates(int ok, X509_STORE_CTX *ctx)
{
    int error = X509_STORE_CTX_get_error(ctx);
    bool is_date = error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID;
    if (ok != 0 || !is_date || X509_STORE_CTX_get_error_depth(ctx) != 0)
        return ok;
    X509_STORE_CTX_set_error(ctx, X509_V_OK);
    return 1;
}

static bool prepare(X509_STORE_CTX *ctx, const struct chain *chain, STACK_OF(X509) * others,
                    STACK_OF(X509) * trusted, int64_t now_ms)
{
    if (X509_STORE_CTX_init(ctx, NULL, chain->certificates[0], others) != 1)
        return false;
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    X509_STORE_CTX_set0_trusted_stack(ctx, trusted);
    X509_VERIFY_PARAM_set_time(param, (time_t)(now_ms / 1000));
    X509_VERIFY_PARAM_set_auth_level(param, 2); /* 112 bits of security, no SHA-1 */
    return X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_POLICY_CHECK) == 1 &&
           X509_VERIFY_PARAM_add0_policy(param, OBJ_nid2obj(NID_any_policy)) == 1 &&
           X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_CLIENT) == 1;
}

static err_t check_path(X509_STORE_CTX *ctx, struct chain_fault *about, const X509 *authority,
                        struct problem *problem)
{
    STACK_OF(X509) *path = X509_STORE_CTX_get0_chain(ctx);
    for (int i = 0; i < sk_X509_num(path); i++) {
        about->certificate = sk_X509_value(path, i);
        about->is_leaf = i == 0;
        about->is_authority = X509_cmp(about->certificate, authority) == 0;
        TRY(chain_check_strength(about, problem));
    }
    return ERR_OK;
}

static err_t verify(X509_STORE_CTX *ctx, struct chain_fault *about, const X509 *authority,
                    struct problem *problem)
{
    if (about->rules->allow_expired)
        X509_STORE_CTX_set_verify_cb(ctx, pardon_dates);
    if (X509_verify_cert(ctx) == 1)
        return check_path(ctx, about, authority, problem);
    about->error = X509_STORE_CTX_get_error(ctx);
    about->certificate = X509_STORE_CTX_get_current_cert(ctx);
    about->is_leaf = about->certificate == NULL || X509_STORE_CTX_get_error_depth(ctx) == 0;
    if (about->certificate == NULL) /* the path as a whole is at fault */
        about->certificate = X509_STORE_CTX_get0_cert(ctx);
    about->is_authority = X509_cmp(about->certificate, authority) == 0;
    return chain_fault_tell(about, problem);
}

static bool push_all(STACK_OF(X509) * stack, X509 *const *certificates, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (sk_X509_push(stack, certificates[i]) == 0)
            return false;
    }
    return true;
}

/* Nobody could satisfy them; and policy checking of OpenSSL 3.0 leaks memory over such a certificate. */
static err_t check_policies(const struct chain *chain, struct chain_fault *about, struct problem *problem)
{
    for (size_t i = 0; i < chain->count; i++) {
        const X509 *x509 = chain->certificates[i];
        if (X509_get_ext_by_NID(x509, NID_policy_constraints, -1) < 0 ||
            X509_get_ext_by_NID(x509, NID_certificate_policies, -1) >= 0)
            continue;
        about->error = X509_V_ERR_NO_EXPLICIT_POLICY;
        about->certificate = chain->certificates[i];
        about->is_leaf = i == 0;
        return chain_fault_tell(about, problem);
    }
    return ERR_OK;
}

static err_t check_with(const struct chain *chain, X509 *authority, struct chain_fault *about,
                        struct problem *problem)
{
    AUTO_STORE_CTX *ctx = X509_STORE_CTX_new();
    AUTO_STACK_X509 *others = sk_X509_new_null();
    AUTO_STACK_X509 *trusted = sk_X509_new_null();
    if (ctx == NULL || others == NULL || trusted == NULL || !push_all(trusted, &authority, 1) ||
        !push_all(others, chain->certificates + 1, chain->count - 1) ||
        !prepare(ctx, chain, others, trusted, about->now_ms))
        return fail(problem, ERR_NOMEM, "", "no memory");
    return verify(ctx, about, authority, problem);
}

err_t chain_check(const struct chain *chain, struct slice authority, int64_t now_ms,
                  const struct certificate_rules *rules, struct problem *problem)
{
    KEEP_ERROR_QUEUE();
    AUTO_X509 *anchor = NULL;
    char name[SHORT_NAME_SIZE];
    X509 *leaf = chain->certificates[0];
    struct chain_fault about = {.now_ms = now_ms, .rules = rules};
    TRY(parse(authority, &anchor, problem));
    if (X509_check_ca(leaf) == 1) {
        chain_short_name(X509_get_subject_name(leaf), name, sizeof name);
        return fail(problem, ERR_DENIED, field,
                    "certificate refused: device certificate '%s' is itself a CA (basicConstraints CA:TRUE)",
                    name);
    }
    TRY(check_policies(chain, &about, problem));
    return check_with(chain, anchor, &about, problem);
}
