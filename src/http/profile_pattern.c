/* What a profile's pattern makes of a certificate's common name, tried before the profile is saved. */
#include "http/resources.h"

#include "pki/name_pattern.h"

static err_t read_text(const struct call *call, const char *member, struct slice *ret,
                       struct problem *problem)
{
    const char *text = NULL;
    TRY(document_get_string(call->body, member, &text, problem));
    if (text == NULL)
        return fail(problem, ERR_INVALID, member, "%s is missing; expected a text", member);
    *ret = slice_str(text);
    return ERR_OK;
}

/* A name that is none is no device's: what the door would refuse is told, as that the pattern finds nothing. */
static err_t find(const struct name_pattern *pattern, struct slice common_name, struct slice *ret,
                  struct problem *problem)
{
    TRY(name_pattern_find(pattern, common_name, ret, problem));
    return entity_check_name("commonName", *ret, problem);
}

static bool is_told(err_t err)
{
    return err == ERR_NOT_FOUND || err == ERR_LIMIT || err == ERR_INVALID;
}

err_t profile_try_pattern(struct call *call, struct problem *problem)
{
    struct slice text, common_name, name = {0};
    struct name_pattern *pattern = NULL;
    struct problem found = {0};
    TRY(read_text(call, "certificateRegExPattern", &text, problem));
    TRY(read_text(call, "commonName", &common_name, problem));
    TRY(name_pattern_new(text, &pattern, problem));
    err_t err = find(pattern, common_name, &name, &found);
    name_pattern_free(pattern);
    if (err != ERR_OK && !is_told(err))
        return fail(problem, err, "", "%s", found.text);
    json_t *document = json_pack("{s:o, s:o}", "name", err == ERR_OK ? document_slice(name) : json_null(),
                                 "problem", err == ERR_OK ? json_null() : json_string(found.text));
    return call_reply(call, document, problem);
}
