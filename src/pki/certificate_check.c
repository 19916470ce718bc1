#include "pki/certificate.h"

#include <stdio.h>
#include <time.h>

enum { EC_BITS_MIN = 224, DATE_SIZE = 40 };

static err_t check_key(const struct certificate_view *v, const struct certificate_rules *rules,
                       struct problem *problem)
{
    switch (v->key) {
    case CERTIFICATE_KEY_RSA:
        if (v->key_bits >= rules->min_rsa_bits)
            return ERR_OK;
        return fail(problem, ERR_INVALID, "key",
                    "key too small: %s; expected RSA of at least %u bits, or EC P-256", v->key_type,
                    rules->min_rsa_bits);
    case CERTIFICATE_KEY_EC:
        if (v->key_bits >= EC_BITS_MIN)
            return ERR_OK;
        return fail(problem, ERR_INVALID, "key",
                    "key too small: %s (%u bits); expected a curve of at least %d bits, "
                    "such as P-256",
                    v->key_type, v->key_bits, EC_BITS_MIN);
    case CERTIFICATE_KEY_EC_EXPLICIT:
        return fail(problem, ERR_INVALID, "key", "key refused: %s; expected a named curve, such as P-256",
                    v->key_type);
    case CERTIFICATE_KEY_EDWARDS: return ERR_OK;
    case CERTIFICATE_KEY_OTHER: break;
    }
    return fail(problem, ERR_INVALID, "key",
                "key of a kind that TLS cannot log in with: %s; expected RSA, EC, Ed25519 or Ed448",
                v->key_type);
}

static err_t check_signature(const struct certificate_view *v, struct problem *problem)
{
    bool is_weak = v->digest == CERTIFICATE_DIGEST_BROKEN ||
                   (v->digest == CERTIFICATE_DIGEST_SHA1 && !v->is_self_signed);
    if (is_weak)
        return fail(problem, ERR_INVALID, "signature",
                    "weak signature algorithm: %s; expected one with SHA-256 or better", v->signature);
    if (v->digest == CERTIFICATE_DIGEST_UNKNOWN)
        return fail(
            problem, ERR_INVALID, "signature",
            "unknown signature algorithm: %s; expected ECDSA or RSA with SHA-256 or better, or Ed25519",
            v->signature);
    return ERR_OK;
}

static const char *format_date(int64_t ms, char out[DATE_SIZE])
{
    /* Rounds down, also before 1970. */
    time_t seconds = (time_t)(ms / 1000 - (ms % 1000 < 0));
    struct tm utc;
    if (gmtime_r(&seconds, &utc) == NULL || strftime(out, DATE_SIZE, "%Y-%m-%d %H:%M:%S UTC", &utc) == 0)
        snprintf(out, DATE_SIZE, "an unknown date");
    return out;
}

static err_t check_validity(const struct certificate_view *v, int64_t now_ms, struct problem *problem)
{
    char limit[DATE_SIZE], now[DATE_SIZE];
    if (now_ms < v->not_before_ms)
        return fail(problem, ERR_INVALID, "validity", "not valid yet: valid from %s; it is %s now",
                    format_date(v->not_before_ms, limit), format_date(now_ms, now));
    /* RFC 5280 section 4.1.2.5: valid through notAfter, whose last second counts whole. */
    if (now_ms > v->not_after_ms + 999)
        return fail(problem, ERR_INVALID, "validity", "expired: valid until %s; it is %s now",
                    format_date(v->not_after_ms, limit), format_date(now_ms, now));
    return ERR_OK;
}

err_t certificate_check(const struct certificate_view *view, int64_t now_ms,
                        const struct certificate_rules *rules, struct problem *problem)
{
    TRY(check_key(view, rules, problem));
    TRY(check_signature(view, problem));
    return rules->allow_expired ? ERR_OK : check_validity(view, now_ms, problem);
}
