#include "json/reader.h"

#include "base/text.h"
#include "json/scan.h"
#include "json/unescape.h"

#include <ctype.h>
#include <stdio.h>

/* What is expected next. Everything up to a token's first byte (comma, colon, blanks) belongs to that token.
 */
enum state { AT_START, AT_FIRST_NAME, AT_COLON, AT_MEMBER_END, AT_FIRST_ELEMENT, AT_ELEMENT_END, AT_END };

void json_reader_init(struct json_reader *r, struct slice text, enum json_mode mode, uint32_t max_depth,
                      struct buf *scratch, struct problem *problem)
{
    CHECK(max_depth >= 1 && max_depth <= JSON_DEPTH_MAX);
    buf_clear(scratch);
    if (text.data == NULL)
        text = SLICE("");
    *r = (struct json_reader){.start = text.data,
                              .pos = text.data,
                              .end = text.data + text.len,
                              .scratch = scratch,
                              .problem = problem,
                              .mode = mode,
                              .max_depth = max_depth,
                              .state = AT_START};
}

const char *json_kind_name(enum json_kind kind)
{
    static const char *const names[] = {
        [JSON_TOKEN_END] = "the end",     [JSON_TOKEN_OBJECT] = "an object", [JSON_TOKEN_OBJECT_END] = "'}'",
        [JSON_TOKEN_ARRAY] = "an array",  [JSON_TOKEN_ARRAY_END] = "']'",    [JSON_TOKEN_NAME] = "a name",
        [JSON_TOKEN_STRING] = "a string", [JSON_TOKEN_NUMBER] = "a number",  [JSON_TOKEN_TRUE] = "true",
        [JSON_TOKEN_FALSE] = "false",     [JSON_TOKEN_NULL] = "null",
    };
    return names[kind];
}

/* ---- errors -------------------------------------------------------------------------------------------- */

static size_t offset(const struct json_reader *r, const uint8_t *at)
{
    return (size_t)(at - r->start);
}

/* What is found at @p at. Bytes that are no plain character are told in hex: they may be half of one. */
static void describe(const struct json_reader *r, const uint8_t *at, char out[32])
{
    if (at == r->end)
        snprintf(out, 32, "the end of the text");
    else if (*at > ' ' && *at < 0x7f)
        snprintf(out, 32, "'%c'", *at);
    else
        snprintf(out, 32, "byte 0x%02x", *at);
}

MUST_USE static err_t wrong(struct json_reader *r, const uint8_t *at, const char *expected)
{
    char found[32];
    if (r->problem == NULL)
        return ERR_INVALID;
    describe(r, at, found);
    r->problem->at = offset(r, at);
    return fail(r->problem, ERR_INVALID, NULL, "payload is not JSON: byte %zu, expected %s, found %s",
                offset(r, at), expected, found);
}

MUST_USE static err_t unterminated(struct json_reader *r, const uint8_t *from, const char *what,
                                   const char *close)
{
    char expected[80];
    snprintf(expected, sizeof expected, "%s to end the %s that starts at byte %zu", close, what,
             offset(r, from));
    return wrong(r, r->end, expected);
}

MUST_USE static err_t too_deep(struct json_reader *r)
{
    if (r->problem != NULL)
        r->problem->at = offset(r, r->pos);
    return fail(r->problem, ERR_LIMIT, NULL, "byte %zu: nested deeper than the allowed %u", offset(r, r->pos),
                r->max_depth);
}

/* @p at is the backslash. */
MUST_USE static err_t wrong_escape(struct json_reader *r, const uint8_t *at)
{
    if (at[1] != 'u')
        return wrong(r, at + 1, "an escape after '\\'");
    const uint8_t *digit = at + 2;
    while (digit < r->end && digit - at < 6 && isxdigit(*digit))
        digit++;
    if (digit - at < 6)
        return wrong(r, digit, "four hex digits after '\\u'");
    return wrong(r, at, "both halves of a surrogate pair");
}

/* ---- between tokens ------------------------------------------------------------------------------------ */

/* Blanks and comments. A '/' that starts no comment stays, for the caller to find it in the wrong place. */
MUST_USE static err_t skip_comments(struct json_reader *r)
{
    while (r->mode == JSON_MODE_LENIENT && r->pos < r->end && scan_is(*r->pos, SCAN_COMMENT)) {
        const uint8_t *behind = scan_comment(r->pos, r->end);
        if (behind == NULL)
            return unterminated(r, r->pos, "comment", "'*/'");
        if (behind == r->pos)
            break;
        r->pos = scan_blanks(behind, r->end);
    }
    return ERR_OK;
}

MUST_USE static inline err_t skip_blanks(struct json_reader *r)
{
    r->pos = scan_blanks(r->pos, r->end);
    if (r->pos == r->end || !scan_is(*r->pos, SCAN_COMMENT))
        return ERR_OK;
    return skip_comments(r);
}

static bool next_is(const struct json_reader *r, uint8_t byte)
{
    return r->pos < r->end && *r->pos == byte;
}

static bool next_is_lenient(const struct json_reader *r, uint8_t byte)
{
    return r->mode == JSON_MODE_LENIENT && next_is(r, byte);
}

static bool next_is_separator(const struct json_reader *r)
{
    return next_is(r, ',') || next_is_lenient(r, ';');
}

/* ---- nesting ------------------------------------------------------------------------------------------- */

static int state_after_value(const struct json_reader *r)
{
    if (r->depth == 0)
        return AT_END;
    uint32_t top = r->depth - 1;
    return (r->is_object[top / 64] >> (top % 64) & 1) != 0 ? AT_MEMBER_END : AT_ELEMENT_END;
}

MUST_USE static err_t open_container(struct json_reader *r, enum json_kind kind, struct json_token *ret_token)
{
    if (r->depth == r->max_depth)
        return too_deep(r);
    uint64_t bit = UINT64_C(1) << (r->depth % 64), *word = &r->is_object[r->depth / 64];
    *word = kind == JSON_TOKEN_OBJECT ? *word | bit : *word & ~bit;
    r->depth++;
    r->state = kind == JSON_TOKEN_OBJECT ? AT_FIRST_NAME : AT_FIRST_ELEMENT;
    *ret_token = (struct json_token){.kind = kind, .at = offset(r, r->pos)};
    r->pos++;
    return ERR_OK;
}

static err_t close_container(struct json_reader *r, enum json_kind kind, struct json_token *ret_token)
{
    r->depth--;
    r->state = state_after_value(r);
    *ret_token = (struct json_token){.kind = kind, .at = offset(r, r->pos)};
    r->pos++;
    return ERR_OK;
}

/* ---- names and scalars --------------------------------------------------------------------------------- */

/* A token from @p r->pos up to @p behind; what follows depends on what it is. */
static err_t accept(struct json_reader *r, enum json_kind kind, struct slice text, const uint8_t *behind,
                    struct json_token *ret_token)
{
    *ret_token = (struct json_token){.kind = kind, .text = text, .at = offset(r, r->pos)};
    r->pos = behind;
    r->state = kind == JSON_TOKEN_NAME ? AT_COLON : state_after_value(r);
    return ERR_OK;
}

/* @p raw into scratch. The first time makes room for all that may follow, so that earlier text stays. */
MUST_USE static err_t unescape(struct json_reader *r, struct slice raw, struct slice *ret_text)
{
    r->scratch->len = r->unescaped;
    uint8_t *out = buf_reserve(r->scratch, (size_t)(r->end - raw.data));
    if (out == NULL)
        return fail(r->problem, ERR_NOMEM, NULL, "no memory for text with escapes");
    size_t len;
    const uint8_t *bad = json_unescape(raw, r->mode, out, &len);
    if (bad != NULL)
        return wrong_escape(r, bad);
    r->unescaped = r->scratch->len += len;
    *ret_text = slice_of(out, len);
    return ERR_OK;
}

MUST_USE static err_t read_quoted(struct json_reader *r, enum json_kind kind, struct json_token *ret_token)
{
    const uint8_t quote = *r->pos, *text = r->pos + 1, *p = text;
    bool has_escapes = false;
    for (;; p++) {
        p = scan_in_quotes(p, r->end);
        if (p == r->end || *p == quote)
            break;
        if (*p == '\\') {
            has_escapes = true;
            if (++p == r->end)
                break;
        } else if (r->mode == JSON_MODE_STRICT && *p < ' ') {
            return wrong(r, p, "control characters to be escaped");
        }
    }
    if (p == r->end)
        return unterminated(r, r->pos, "string", quote == '"' ? "'\"'" : "\"'\"");
    struct slice content = slice_of(text, (size_t)(p - text));
    if (has_escapes)
        TRY(unescape(r, content, &content));
    return accept(r, kind, content, p + 1, ret_token);
}

static bool is_word(struct slice text, const char *lower, enum json_mode mode)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = mode == JSON_MODE_LENIENT ? text.data[i] | 0x20 : text.data[i];
        if (c != (uint8_t)lower[i])
            return false;
    }
    return true;
}

static enum json_kind literal_kind(struct slice text, enum json_mode mode)
{
    if (text.len == 4 && is_word(text, "true", mode))
        return JSON_TOKEN_TRUE;
    if (text.len == 4 && is_word(text, "null", mode))
        return JSON_TOKEN_NULL;
    if (text.len == 5 && is_word(text, "false", mode))
        return JSON_TOKEN_FALSE;
    return JSON_TOKEN_STRING;
}

MUST_USE static err_t read_literal(struct json_reader *r, struct json_token *ret_token)
{
    const uint8_t *behind = scan_literal(r->pos, r->end);
    struct slice text = slice_of(r->pos, (size_t)(behind - r->pos));
    enum json_kind kind = literal_kind(text, r->mode);
    if (text.len == 0 || (kind == JSON_TOKEN_STRING && r->mode == JSON_MODE_STRICT))
        return wrong(r, r->pos, "a value");
    return accept(r, kind, kind == JSON_TOKEN_STRING ? text : slice_of(NULL, 0), behind, ret_token);
}

MUST_USE static err_t read_number(struct json_reader *r, struct json_token *ret_token)
{
    const uint8_t *behind = scan_number(r->pos, r->end);
    bool is_number = behind != NULL && (behind == r->end || scan_is(*behind, SCAN_ENDS_LITERAL));
    if (!is_number)
        return read_literal(r, ret_token);
    return accept(r, JSON_TOKEN_NUMBER, slice_of(r->pos, (size_t)(behind - r->pos)), behind, ret_token);
}

MUST_USE static err_t read_value(struct json_reader *r, struct json_token *ret_token)
{
    if (r->pos == r->end)
        return wrong(r, r->pos, "a value");
    switch (*r->pos) {
    case '{': return open_container(r, JSON_TOKEN_OBJECT, ret_token);
    case '[': return open_container(r, JSON_TOKEN_ARRAY, ret_token);
    case '"': return read_quoted(r, JSON_TOKEN_STRING, ret_token);
    case '\'':
        return r->mode == JSON_MODE_LENIENT ? read_quoted(r, JSON_TOKEN_STRING, ret_token)
                                            : wrong(r, r->pos, "a value");
    case '-':
    case '0' ... '9': return read_number(r, ret_token);
    default: return read_literal(r, ret_token);
    }
}

MUST_USE static err_t read_name(struct json_reader *r, const char *expected, struct json_token *ret_token)
{
    if (next_is(r, '"') || next_is_lenient(r, '\''))
        return read_quoted(r, JSON_TOKEN_NAME, ret_token);
    const uint8_t *behind = r->mode == JSON_MODE_LENIENT ? scan_literal(r->pos, r->end) : r->pos;
    if (behind == r->pos)
        return wrong(r, r->pos, expected);
    return accept(r, JSON_TOKEN_NAME, slice_of(r->pos, (size_t)(behind - r->pos)), behind, ret_token);
}

/* ---- one function per state ---------------------------------------------------------------------------- */

static bool skip_if(struct json_reader *r, struct slice prefix)
{
    bool is_there = slice_starts_with(slice_of(r->pos, (size_t)(r->end - r->pos)), prefix);
    if (is_there)
        r->pos += prefix.len;
    return is_there;
}

/* NUL is valid UTF-8, but in JSON it can only be a mistake: inside a string it must be escaped. */
MUST_USE static err_t check_bytes(struct json_reader *r)
{
    struct slice text = slice_of(r->start, (size_t)(r->end - r->start));
    size_t good = text_utf8_prefix(text);
    const uint8_t *nul = memchr(text.data, 0, text.len);
    if (nul != NULL)
        return wrong(r, nul, "text without NUL bytes");
    return good == text.len ? ERR_OK : wrong(r, text.data + good, "UTF-8");
}

MUST_USE static err_t read_start(struct json_reader *r, struct json_token *ret_token)
{
    TRY(check_bytes(r));
    if (r->mode == JSON_MODE_LENIENT)
        skip_if(r, SLICE("\xef\xbb\xbf"));
    TRY(skip_blanks(r));
    if (r->mode == JSON_MODE_LENIENT && skip_if(r, SLICE(")]}'\n")))
        TRY(skip_blanks(r));
    return read_value(r, ret_token);
}

MUST_USE static err_t read_after_name(struct json_reader *r, struct json_token *ret_token)
{
    TRY(skip_blanks(r));
    if (next_is(r, ':'))
        r->pos++;
    else if (!next_is_lenient(r, '=') || (!skip_if(r, SLICE("=>")) && !skip_if(r, SLICE("="))))
        return wrong(r, r->pos, "':' after the name");
    TRY(skip_blanks(r));
    return read_value(r, ret_token);
}

MUST_USE static err_t read_first_name(struct json_reader *r, struct json_token *ret_token)
{
    TRY(skip_blanks(r));
    if (next_is(r, '}'))
        return close_container(r, JSON_TOKEN_OBJECT_END, ret_token);
    return read_name(r, "a name or '}'", ret_token);
}

MUST_USE static err_t read_after_member(struct json_reader *r, struct json_token *ret_token)
{
    TRY(skip_blanks(r));
    if (next_is(r, '}'))
        return close_container(r, JSON_TOKEN_OBJECT_END, ret_token);
    if (!next_is_separator(r))
        return wrong(r, r->pos, "',' or '}' after the value");
    r->pos++;
    TRY(skip_blanks(r));
    return read_name(r, "a name after ','", ret_token);
}

/* An element, or null for one left out: then the separator or bracket in its place is left for the next call.
 */
MUST_USE static err_t read_element(struct json_reader *r, bool is_first, struct json_token *ret_token)
{
    bool is_left_out = next_is_separator(r) || (!is_first && next_is(r, ']'));
    if (is_left_out && r->mode == JSON_MODE_LENIENT)
        return accept(r, JSON_TOKEN_NULL, slice_of(NULL, 0), r->pos, ret_token);
    return read_value(r, ret_token);
}

MUST_USE static err_t read_first_element(struct json_reader *r, struct json_token *ret_token)
{
    TRY(skip_blanks(r));
    if (next_is(r, ']'))
        return close_container(r, JSON_TOKEN_ARRAY_END, ret_token);
    return read_element(r, true, ret_token);
}

MUST_USE static err_t read_after_element(struct json_reader *r, struct json_token *ret_token)
{
    TRY(skip_blanks(r));
    if (next_is(r, ']'))
        return close_container(r, JSON_TOKEN_ARRAY_END, ret_token);
    if (!next_is_separator(r))
        return wrong(r, r->pos, "',' or ']' after the element");
    r->pos++;
    TRY(skip_blanks(r));
    return read_element(r, false, ret_token);
}

MUST_USE static err_t read_end(struct json_reader *r, struct json_token *ret_token)
{
    TRY(skip_blanks(r));
    if (r->pos < r->end)
        return wrong(r, r->pos, "nothing after the value");
    *ret_token = (struct json_token){.kind = JSON_TOKEN_END, .at = offset(r, r->pos)};
    return ERR_OK;
}

err_t json_next(struct json_reader *r, struct json_token *ret_token)
{
    switch ((enum state)r->state) {
    case AT_START: return read_start(r, ret_token);
    case AT_FIRST_NAME: return read_first_name(r, ret_token);
    case AT_COLON: return read_after_name(r, ret_token);
    case AT_MEMBER_END: return read_after_member(r, ret_token);
    case AT_FIRST_ELEMENT: return read_first_element(r, ret_token);
    case AT_ELEMENT_END: return read_after_element(r, ret_token);
    case AT_END: return read_end(r, ret_token);
    }
    check_failed("a state of the reader", __FILE__, __LINE__);
}

err_t json_skip(struct json_reader *r, const struct json_token *first)
{
    if (first->kind != JSON_TOKEN_OBJECT && first->kind != JSON_TOKEN_ARRAY)
        return ERR_OK;
    uint32_t outside = r->depth - 1;
    while (r->depth > outside) {
        struct json_token token;
        TRY(json_next(r, &token));
    }
    return ERR_OK;
}
