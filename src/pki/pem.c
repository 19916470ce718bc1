#include "pki/pem.h"

#include "base/random.h"
#include "pki/der_kind.h"
#include "pki/openssl.h"

#include <ctype.h>

enum { LABEL_MAX = 64 };

static const char field[] = "certificate";

/* One reading in progress. */
struct reading {
    struct slice text;
    struct pem_chain chain;
    struct problem *problem;
};

static void secret_buf_fini(struct buf *b)
{
    if (b->data != NULL)
        wipe(b->data, b->cap);
    buf_fini(b);
}

#define AUTO_SECRET_BUF __attribute__((cleanup(secret_buf_fini))) struct buf

/* ---- sentences ---- */

static void set_at(struct reading *r, size_t at)
{
    if (r->problem != NULL)
        r->problem->at = at;
}

static err_t refuse_private_key(struct problem *problem)
{
    return fail(
        problem, ERR_INVALID, field,
        "this is a private key, not a certificate. It was refused and not stored; if it came here over a "
        "channel that others can read, consider it exposed and make a new one. Expected the certificate "
        "alone, which begins with -----BEGIN CERTIFICATE-----");
}

static err_t refuse_nothing_found(struct problem *problem)
{
    return fail(problem, ERR_INVALID, field, "no certificate found: expected -----BEGIN CERTIFICATE-----");
}

static err_t refuse_request(struct problem *problem)
{
    return fail(
        problem, ERR_INVALID, field,
        "this is a certificate request (CSR): it has to be signed first; expected the certificate that "
        "the authority gives back for it");
}

static err_t refuse_public_key(struct problem *problem)
{
    return fail(problem, ERR_INVALID, field,
                "this is a public key alone; expected the certificate that holds it, which begins with "
                "-----BEGIN CERTIFICATE-----");
}

static err_t refuse_garbled(struct reading *r, size_t at, const char *what)
{
    size_t line = 1, column = 1;
    for (size_t i = 0; i < at && i < r->text.len; i++) {
        column = r->text.data[i] == '\n' ? 1 : column + 1;
        line += r->text.data[i] == '\n';
    }
    set_at(r, at);
    return fail(r->problem, ERR_INVALID, field, "the base64 text is garbled at line %zu, column %zu: %s",
                line, column, what);
}

static err_t refuse_character(struct reading *r, size_t at)
{
    char what[64];
    uint8_t c = r->text.data[at];
    if (c > ' ' && c < 0x7f)
        snprintf(what, sizeof what, "unexpected character '%c'", c);
    else
        snprintf(what, sizeof what, "unexpected byte 0x%02x", c);
    return refuse_garbled(r, at, what);
}

/* ---- DER ---- */

static err_t refuse_der(struct reading *r, struct slice der)
{
    switch (der_kind_of(der)) {
    case DER_PRIVATE_KEY: return refuse_private_key(r->problem);
    case DER_REQUEST: return refuse_request(r->problem);
    case DER_PUBLIC_KEY: return refuse_public_key(r->problem);
    case DER_OTHER: break;
    }
    return fail(
        r->problem, ERR_INVALID, field,
        "not a certificate: the %zu bytes are no X.509 structure (ASN.1); the text may be damaged or cut off",
        der.len);
}

static bool encodes_to(X509 *x509, struct slice der)
{
    unsigned char *again = NULL;
    int len = i2d_X509(x509, &again);
    bool is_same = len > 0 && slice_eq(slice_of(again, (size_t)len), der);
    OPENSSL_free(again);
    return is_same;
}

static err_t check_der(struct reading *r, struct slice der)
{
    KEEP_ERROR_QUEUE();
    const unsigned char *pos = der.data;
    AUTO_X509 *x509 = d2i_X509(NULL, &pos, (long)der.len);
    if (x509 == NULL)
        return refuse_der(r, der);
    size_t left = der.len - (size_t)(pos - der.data);
    if (left != 0)
        return fail(r->problem, ERR_INVALID, field,
                    "%zu bytes follow the certificate inside its block; expected the certificate alone",
                    left);
    if (!encodes_to(x509, der))
        return fail(
            r->problem, ERR_INVALID, field,
            "the certificate is not encoded in DER (X.690 section 10); ask its maker for a DER encoding");
    return ERR_OK;
}

static err_t add_certificate(struct reading *r, struct slice der)
{
    TRY(check_der(r, der));
    if (r->chain.count == PEM_CHAIN_MAX)
        return fail(r->problem, ERR_LIMIT, field, "too many certificates; expected at most %d",
                    PEM_CHAIN_MAX);
    struct buf *copy = &r->chain.der[r->chain.count];
    buf_append_slice(copy, der);
    if (!buf_is_ok(copy))
        return ERR_NOMEM;
    r->chain.count++;
    return ERR_OK;
}

/* ---- base64 ---- */

static bool is_base64(uint8_t c)
{
    return c < 0x80 && (isalnum(c) || c == '+' || c == '/');
}

/* Length of a line break or blank at the start of @p s; escapes such as \n, \r\n and \\n count. 0 = none. */
static size_t blank_length(struct slice s)
{
    if (isspace(s.data[0]))
        return 1;
    size_t n = 0;
    while (n < s.len && s.data[n] == '\\')
        n++;
    bool is_escape = n != 0 && n < s.len && (s.data[n] == 'n' || s.data[n] == 'r' || s.data[n] == 't');
    return is_escape ? n + 1 : 0;
}

/* The base64 characters of the text's bytes from @p start to @p end, without blanks and padding. */
static err_t collect_base64(struct reading *r, size_t start, size_t end, struct buf *out, size_t *ret_padding)
{
    size_t padding = 0;
    for (size_t i = start; i < end;) {
        size_t blank = blank_length(slice_of(r->text.data + i, end - i));
        uint8_t c = r->text.data[i];
        i += blank ? blank : 1;
        if (blank != 0)
            continue;
        if (c == '=')
            padding++;
        else if (!is_base64(c))
            return refuse_character(r, i - 1);
        else if (padding != 0)
            return refuse_garbled(r, i - 1, "text goes on after the padding '='");
        else
            buf_append_u8(out, c);
    }
    *ret_padding = padding;
    return buf_is_ok(out) ? ERR_OK : ERR_NOMEM;
}

/* Padding may be missing altogether, as some tools leave it out. */
static err_t decode_base64(struct reading *r, size_t start, size_t end, struct buf *out)
{
    AUTO_SECRET_BUF clean = {0};
    size_t padding = 0;
    if (buf_reserve(&clean, end - start + 4) == NULL)
        return ERR_NOMEM;
    TRY(collect_base64(r, start, end, &clean, &padding));
    size_t missing = (4 - clean.len % 4) % 4;
    if (clean.len == 0)
        return refuse_garbled(r, start, "there is none");
    if (missing == 3)
        return refuse_garbled(r, end, "a character is missing before this place");
    if (padding != 0 && padding != missing)
        return refuse_garbled(r, end, "wrong padding '='; characters are missing before this place");
    buf_append(&clean, "===", missing);
    uint8_t *room = buf_reserve(out, clean.len / 4 * 3);
    if (room == NULL)
        return ERR_NOMEM;
    int n = EVP_DecodeBlock(room, clean.data, (int)clean.len);
    if (n < 0)
        return refuse_garbled(r, start, "it cannot be decoded");
    out->len = (size_t)n - missing;
    return ERR_OK;
}

/* ---- blocks ---- */

static const uint8_t *find(struct slice text, size_t from, struct slice what)
{
    return from > text.len ? NULL : memmem(text.data + from, text.len - from, what.data, what.len);
}

struct block {
    struct slice label;
    size_t start, end; /* of its base64, in the text */
    size_t next;       /* behind it */
};

static err_t refuse_block_end(struct reading *r, size_t at, const char *what)
{
    set_at(r, at);
    return fail(r->problem, ERR_INVALID, field, "the certificate is cut off: %s", what);
}

/* @p at: of "-----BEGIN " */
static err_t read_block(struct reading *r, size_t at, struct block *ret)
{
    static const struct slice dashes = {(const uint8_t *)"-----", 5};
    size_t label = at + strlen("-----BEGIN ");
    const uint8_t *label_end = find(r->text, label, dashes);
    if (label_end == NULL || label_end > r->text.data + label + LABEL_MAX)
        return refuse_block_end(r, at, "its first line does not end in -----");
    ret->label = slice_of(r->text.data + label, (size_t)(label_end - r->text.data) - label);
    ret->start = label + ret->label.len + dashes.len;
    const uint8_t *end = find(r->text, ret->start, dashes);
    if (end == NULL)
        return refuse_block_end(r, r->text.len, "its last line, -----END CERTIFICATE-----, is missing");
    ret->end = (size_t)(end - r->text.data);
    struct slice rest = slice_skip(r->text, ret->end);
    if (!slice_starts_with(rest, SLICE("-----END ")))
        return refuse_block_end(r, ret->end, "-----END CERTIFICATE----- was expected before the next -----");
    rest = slice_skip(rest, strlen("-----END "));
    if (!slice_starts_with(rest, ret->label) || !slice_starts_with(slice_skip(rest, ret->label.len), dashes))
        return refuse_block_end(r, ret->end, "its last line does not fit its first line");
    ret->next = ret->end + strlen("-----END ") + ret->label.len + dashes.len;
    return ERR_OK;
}

static bool ends_with(struct slice s, struct slice end)
{
    return s.len >= end.len && slice_eq(slice_skip(s, s.len - end.len), end);
}

static err_t check_label(struct reading *r, struct slice label)
{
    char shown[LABEL_MAX + 1];
    if (slice_eq_str(label, "CERTIFICATE") || slice_eq_str(label, "X509 CERTIFICATE"))
        return ERR_OK;
    if (ends_with(label, SLICE("CERTIFICATE REQUEST")))
        return refuse_request(r->problem);
    if (ends_with(label, SLICE("PUBLIC KEY")))
        return refuse_public_key(r->problem);
    size_t n = 0;
    for (; n < label.len; n++)
        shown[n] = (char)(isprint(label.data[n]) ? label.data[n] : '?');
    shown[n] = '\0';
    return fail(r->problem, ERR_INVALID, field,
                "this is a block of the kind \"%s\"; expected \"CERTIFICATE\"", shown);
}

static err_t read_blocks(struct reading *r, const uint8_t *begin)
{
    while (begin != NULL) {
        struct block block = {0};
        AUTO_SECRET_BUF der = {0};
        TRY(read_block(r, (size_t)(begin - r->text.data), &block));
        TRY(check_label(r, block.label));
        TRY(decode_base64(r, block.start, block.end, &der));
        TRY(add_certificate(r, buf_slice(&der)));
        begin = find(r->text, block.next, SLICE("-----BEGIN "));
    }
    return ERR_OK;
}

/* What a short bare base64 text holds: too short for a certificate, but a key fits. */
static err_t refuse_short(struct reading *r, size_t start)
{
    AUTO_SECRET_BUF der = {0};
    struct reading quiet = {.text = r->text};
    err_t err = decode_base64(&quiet, start, r->text.len, &der);
    if (err == ERR_NOMEM)
        return err;
    bool is_known = err == ERR_OK && der_kind_of(buf_slice(&der)) != DER_OTHER;
    return is_known ? refuse_der(r, buf_slice(&der)) : refuse_nothing_found(r->problem);
}

/* A SEQUENCE of 128 bytes or more, as every certificate is, begins with MI in base64. */
static err_t read_bare(struct reading *r, size_t start)
{
    AUTO_SECRET_BUF der = {0};
    if (!slice_starts_with(slice_skip(r->text, start), SLICE("MI")))
        return refuse_short(r, start);
    TRY(decode_base64(r, start, r->text.len, &der));
    return add_certificate(r, buf_slice(&der));
}

static bool names_private_key(struct slice text)
{
    static const struct slice word = {(const uint8_t *)"PRIVATE", 7};
    for (const uint8_t *at = find(text, 0, word); at != NULL;) {
        size_t next = (size_t)(at - text.data) + word.len;
        struct slice rest = slice_skip(text, next);
        while (rest.len != 0 && blank_length(rest) != 0)
            rest = slice_skip(rest, blank_length(rest));
        if (slice_starts_with(rest, SLICE("KEY")))
            return true;
        at = find(text, next, word);
    }
    return false;
}

static err_t read_text(struct reading *r)
{
    if (names_private_key(r->text))
        return refuse_private_key(r->problem);
    if (r->text.len > PEM_TEXT_MAX)
        return fail(r->problem, ERR_LIMIT, field, "too large (%zu bytes); expected at most %d", r->text.len,
                    PEM_TEXT_MAX);
    if (r->text.data[0] == 0x30 &&
        (r->text.data[1 % r->text.len] >= 0x80 || der_kind_of(r->text) != DER_OTHER))
        return add_certificate(r, r->text);
    const uint8_t *begin = r->text.len ? find(r->text, 0, SLICE("-----BEGIN ")) : NULL;
    if (begin != NULL)
        return read_blocks(r, begin);
    size_t start = slice_starts_with(r->text, SLICE("\xef\xbb\xbf")) ? 3 : 0;
    while (start < r->text.len && blank_length(slice_skip(r->text, start)) != 0)
        start += blank_length(slice_skip(r->text, start));
    return start == r->text.len ? refuse_nothing_found(r->problem) : read_bare(r, start);
}

err_t pem_read_certificates(struct slice text, struct pem_chain *ret, struct problem *problem)
{
    struct reading r = {.text = text, .problem = problem};
    err_t err = text.len == 0 ? refuse_nothing_found(problem) : read_text(&r);
    if (err != ERR_OK) {
        pem_chain_fini(&r.chain);
        return err;
    }
    *ret = r.chain;
    return ERR_OK;
}

void pem_chain_fini(struct pem_chain *chain)
{
    for (size_t i = 0; i < PEM_CHAIN_MAX; i++)
        buf_fini(&chain->der[i]);
    chain->count = 0;
}
