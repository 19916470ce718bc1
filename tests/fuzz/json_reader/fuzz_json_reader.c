/*
 * The reader on any bytes, in both modes, with jansson as a second opinion:
 *   strict mode accepts exactly what jansson accepts (but for what jansson says of numbers' size and NUL bytes);
 *   what strict mode accepts, lenient mode reads the same way;
 *   what lenient mode accepts becomes strict JSON that jansson and strict mode accept, and that stays as it is.
 */
#include "json/compact.h"

#include <jansson.h>
#include <stdlib.h>

enum { DEPTH = JSON_DEPTH_MAX };

static err_t compact(struct slice text, enum json_mode mode, struct buf *out)
{
    AUTO_BUF scratch = {0};
    struct problem problem = {0};
    struct json_reader r;
    struct json_token token;
    json_reader_init(&r, text, mode, DEPTH, &scratch, &problem);
    err_t err = json_next(&r, &token);
    if (err == ERR_OK)
        err = json_compact(&r, &token, out);
    if (err == ERR_OK)
        err = json_next(&r, &token);
    CHECK(err != ERR_OK || token.kind == JSON_TOKEN_END);
    CHECK(err == ERR_OK || (problem.at <= text.len && problem.text[0] != '\0'));
    CHECK(err == ERR_OK || err == ERR_INVALID || err == ERR_LIMIT);
    return err;
}

/* Skipping must find the same faults as reading. */
static err_t skip(struct slice text)
{
    AUTO_BUF scratch = {0};
    struct json_reader r;
    struct json_token token;
    json_reader_init(&r, text, JSON_MODE_LENIENT, DEPTH, &scratch, NULL);
    TRY(json_next(&r, &token));
    TRY(json_skip(&r, &token));
    return json_next(&r, &token);
}

static json_t *load(struct slice text, bool *ret_is_matter_of_taste)
{
    json_error_t error;
    json_t *value = json_loadb((const char *)text.data, text.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    enum json_error_code code = value == NULL ? json_error_code(&error) : json_error_unknown;
    *ret_is_matter_of_taste = code == json_error_numeric_overflow || code == json_error_null_byte_in_key ||
                              code == json_error_stack_overflow;
    return value;
}

static void check_strict(struct slice text, err_t strict, struct slice compacted)
{
    bool is_matter_of_taste;
    json_t *original = load(text, &is_matter_of_taste);
    bool has_nul =
        text.len > 0 && memchr(text.data, 0, text.len) != NULL; /* jansson stops at one and is content */
    if (strict == ERR_LIMIT || is_matter_of_taste || has_nul) {
        json_decref(original);
        return;
    }
    CHECK((strict == ERR_OK) == (original != NULL));
    if (original == NULL)
        return;
    json_t *again = load(compacted, &is_matter_of_taste);
    CHECK(again != NULL && json_equal(original, again));
    json_decref(again);
    json_decref(original);
}

static void check_lenient(struct slice compacted)
{
    AUTO_BUF again = {0};
    bool is_matter_of_taste;
    CHECK(compact(compacted, JSON_MODE_STRICT, &again) == ERR_OK);
    CHECK(slice_eq(compacted, buf_slice(&again)));
    json_t *value = load(compacted, &is_matter_of_taste);
    CHECK(value != NULL || is_matter_of_taste);
    json_decref(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_BUF strict_text = {0};
    AUTO_BUF lenient_text = {0};
    struct slice text = slice_of(data, size);
    err_t strict = compact(text, JSON_MODE_STRICT, &strict_text);
    err_t lenient = compact(text, JSON_MODE_LENIENT, &lenient_text);
    CHECK(skip(text) == lenient);
    check_strict(text, strict, buf_slice(&strict_text));
    if (strict == ERR_OK)
        CHECK(lenient == ERR_OK && slice_eq(buf_slice(&strict_text), buf_slice(&lenient_text)));
    if (lenient == ERR_OK)
        check_lenient(buf_slice(&lenient_text));
    return 0;
}
