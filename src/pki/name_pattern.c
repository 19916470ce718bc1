#include "pki/name_pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

struct name_pattern {
    pcre2_code *code;
    pcre2_match_context *limits;
};

static const char field[] = "certificateRegExPattern";

enum { LIBRARY_TEXT = 128 };

static err_t refuse(int code, size_t at, struct problem *problem)
{
    PCRE2_UCHAR text[LIBRARY_TEXT];
    if (code == PCRE2_ERROR_NOMEMORY)
        return fail(problem, ERR_NOMEM, "", "no memory");
    if (pcre2_get_error_message(code, text, sizeof text) < 0)
        text[0] = '\0';
    if (problem != NULL)
        problem->at = at;
    return fail(problem, ERR_INVALID, field, "%s is no regular expression: %s, at byte %zu", field,
                (const char *)text, at);
}

static err_t compile(struct slice text, pcre2_code **ret, struct problem *problem)
{
    int code = 0;
    PCRE2_SIZE at = 0;
    /* \C could cut a character in two. */
    pcre2_code *made =
        pcre2_compile(text.data, text.len, PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C, &code, &at, NULL);
    if (made == NULL)
        return refuse(code, at, problem);
    *ret = made;
    return ERR_OK;
}

static pcre2_match_context *make_limits(void)
{
    pcre2_match_context *limits = pcre2_match_context_create(NULL);
    if (limits == NULL)
        return NULL;
    (void)pcre2_set_match_limit(limits, NAME_PATTERN_STEPS);
    (void)pcre2_set_depth_limit(limits, NAME_PATTERN_STEPS);
    (void)pcre2_set_heap_limit(limits, NAME_PATTERN_HEAP_KIB);
    return limits;
}

err_t name_pattern_new(struct slice text, struct name_pattern **ret, struct problem *problem)
{
    if (text.len == 0 || text.len > NAME_PATTERN_MAX)
        return fail(problem, ERR_INVALID, field, "%s has %zu bytes; expected 1 to %d", field, text.len,
                    NAME_PATTERN_MAX);
    pcre2_code *code = NULL;
    TRY(compile(text, &code, problem));
    struct name_pattern *pattern = calloc(1, sizeof *pattern);
    pcre2_match_context *limits = make_limits();
    if (pattern == NULL || limits == NULL) {
        pcre2_code_free(code);
        pcre2_match_context_free(limits);
        free(pattern);
        return fail(problem, ERR_NOMEM, "", "no memory");
    }
    *pattern = (struct name_pattern){code, limits};
    *ret = pattern;
    return ERR_OK;
}

void name_pattern_free(struct name_pattern *pattern)
{
    if (pattern == NULL)
        return;
    pcre2_code_free(pattern->code);
    pcre2_match_context_free(pattern->limits);
    free(pattern);
}

static err_t tell(int code, struct problem *problem)
{
    switch (code) {
    case PCRE2_ERROR_NOMATCH:
        return fail(problem, ERR_NOT_FOUND, field,
                    "the common name does not match the profile's pattern (%s)", field);
    case PCRE2_ERROR_MATCHLIMIT:
    case PCRE2_ERROR_DEPTHLIMIT:
    case PCRE2_ERROR_HEAPLIMIT:
        return fail(
            problem, ERR_LIMIT, field,
            "the profile's pattern (%s) takes too long over the common name: it backtracks without end",
            field);
    case PCRE2_ERROR_NOMEMORY: return fail(problem, ERR_NOMEM, "", "no memory");
    default: break;
    }
    PCRE2_UCHAR text[LIBRARY_TEXT];
    if (pcre2_get_error_message(code, text, sizeof text) < 0)
        text[0] = '\0';
    return fail(problem, ERR_INVALID, field, "the profile's pattern (%s) cannot be searched for: %s", field,
                (const char *)text);
}

/* Group 1 of @p count pairs, if it had a part in the match, else the whole; \K may make the whole end before it starts. */
static struct slice matched(struct slice text, const PCRE2_SIZE *pairs, int count)
{
    const PCRE2_SIZE *pair = count > 1 && pairs[2] != PCRE2_UNSET ? pairs + 2 : pairs;
    if (pair[0] > pair[1] || pair[1] > text.len)
        return slice_of(text.data, 0);
    return slice_of(text.data + pair[0], pair[1] - pair[0]);
}

err_t name_pattern_find(const struct name_pattern *pattern, struct slice common_name, struct slice *ret,
                        struct problem *problem)
{
    struct slice text = common_name.len != 0 ? common_name : SLICE("");
    pcre2_match_data *data = pcre2_match_data_create(2, NULL);
    if (data == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory");
    int count = pcre2_match(pattern->code, text.data, text.len, 0, 0, data, pattern->limits);
    /* 0: more groups than the two pairs have room for. */
    err_t err = count >= 0 ? ERR_OK : tell(count, problem);
    if (err == ERR_OK)
        *ret = matched(text, pcre2_get_ovector_pointer(data), count == 0 ? 2 : count);
    pcre2_match_data_free(data);
    return err;
}
