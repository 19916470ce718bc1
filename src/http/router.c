#include "http/router.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "http/access.h"
#include "http/answer_stream.h"
#include "http/assets.h"
#include "http/audit.h"
#include "http/auth.h"
#include "http/call.h"
#include "http/device_door.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct slice router_next_segment(struct slice *rest)
{
    struct slice s = slice_skip(*rest, 1); /* the '/' */
    const uint8_t *slash = s.len != 0 ? memchr(s.data, '/', s.len) : NULL;
    struct slice segment = slice_of(s.data, slash != NULL ? (size_t)(slash - s.data) : s.len);
    *rest = slice_skip(s, segment.len);
    return segment;
}

/* A placeholder takes one segment that is not empty, the last one of some routes all that is left. */
static bool pattern_matches(const struct route *route, struct slice path, struct slice parts[CALL_PARTS_MAX])
{
    struct slice rest = slice_str(route->pattern);
    size_t count = 0;
    while (rest.len != 0 && path.len != 0) {
        struct slice expected = router_next_segment(&rest), all = slice_skip(path, 1),
                     found = router_next_segment(&path);
        if (route->takes_rest && rest.len == 0) {
            found = all;
            path.len = 0;
        }
        bool is_placeholder = expected.len != 0 && expected.data[0] == '{';
        if (is_placeholder ? found.len == 0 : !slice_eq(expected, found))
            return false;
        if (is_placeholder) {
            CHECK(count < CALL_PARTS_MAX);
            parts[count++] = found;
        }
    }
    return rest.len == 0 && path.len == 0;
}

/* HEAD asks for what GET would answer, RFC 9110 section 9.3.2. */
static const char *method_of_table(const char *method)
{
    return strcmp(method, "HEAD") == 0 ? "GET" : method;
}

static const struct route *find_pattern(struct slice path, struct slice parts[CALL_PARTS_MAX])
{
    for (size_t i = 0; i < route_count; i++)
        if (pattern_matches(&routes[i], path, parts))
            return &routes[i];
    return NULL;
}

/* Rows of one pattern differ in their methods only. */
static const struct route *find_method(const struct route *first, const char *method)
{
    for (const struct route *r = first; r < routes + route_count; r++)
        if (strcmp(r->pattern, first->pattern) == 0 && strcmp(r->method, method_of_table(method)) == 0)
            return r;
    return NULL;
}

const struct route *router_find(const char *method, struct slice path)
{
    struct slice parts[CALL_PARTS_MAX];
    if (path.len == 0 || path.data[0] != '/')
        return NULL;
    const struct route *first = find_pattern(path, parts);
    return first != NULL ? find_method(first, method) : NULL;
}

static unsigned code_of_status(unsigned status)
{
    switch (status) {
    case 400:
    case 405:
    case 411:
    case 413: return 31;
    case 401: return 10;
    case 403: return 20;
    case 404: return 32;
    case 409: return 35;
    case 429: return 33;
    default: return 2;
    }
}

/* Messages quote what was sent, which may be no UTF-8, or be cut in the middle of a character. */
static void make_readable(char *text)
{
    for (size_t len = strlen(text), i = 0, n; i < len; i += n) {
        for (n = 1; n <= 4 && i + n <= len && !text_is_utf8(slice_of(text + i, n)); n++) {
        }
        if (n > 4 || i + n > len) {
            text[i] = '?';
            n = 1;
        }
    }
}

static void drop_attachments(struct http_response *response)
{
    http_stream_close(&response->stream);
    if (response->file.is_there)
        close(response->file.fd);
    response->file.is_there = false;
    free(response->media_type);
    free(response->file_name);
    response->media_type = response->file_name = NULL;
}

static void write_error(struct http_response *response, unsigned status, unsigned code, const char *message,
                        const char *field)
{
    char readable[PROBLEM_TEXT_MAX];
    snprintf(readable, sizeof readable, "%s", message);
    make_readable(readable);
    AUTO_JSON document =
        json_pack("{s:i, s:s, s:i, s:I}", "status", (int)status, "message", readable, "errorCode",
                  (int)(code != 0 ? code : code_of_status(status)), "timestamp", (json_int_t)clock_wall_ms());
    if (document != NULL && field[0] != '\0')
        (void)json_object_set_new(document, "field", json_string(field)); /* without it the message says it */
    response->fixed = slice_of(NULL, 0);
    buf_clear(&response->body);
    if (document != NULL)
        document_write(document, &response->body);
    if (!buf_is_ok(&response->body))
        response->fixed = SLICE("{\"status\":500,\"message\":\"no memory\",\"errorCode\":2,\"timestamp\":0}");
    response->status = status;
    response->content_type = NULL;
    response->content_encoding = response->etag = response->cache_control = NULL;
    drop_attachments(response);
}

void router_error(struct http_response *response, unsigned status, unsigned code, const char *message)
{
    write_error(response, status, code, message, "");
}

static void write_failure(struct call *call, err_t err, const struct problem *problem)
{
    const struct err_info *info = err_info(err);
    unsigned status = call->error_status != 0 ? call->error_status : info->http_status;
    unsigned code = call->error_code != 0 ? call->error_code : info->thingsboard_code;
    write_error(call->response, status, code, problem->text[0] != '\0' ? problem->text : info->name,
                problem->field);
    if (status >= 500)
        log_warning("http.failed", log_text("method", call->request->method),
                    log_text("route", call->route->pattern), log_text("error", info->name),
                    log_text("reason", problem->text));
}

static void write_wrong_method(const struct route *first, const struct http_request *request,
                               struct http_response *response)
{
    char message[160];
    size_t len = 0;
    for (const struct route *r = first; r < routes + route_count; r++) {
        if (strcmp(r->pattern, first->pattern) != 0)
            continue;
        int n = snprintf(response->allow + len, sizeof response->allow - len, "%s%s", len != 0 ? ", " : "",
                         r->method);
        len = n > 0 && len + (size_t)n < sizeof response->allow ? len + (size_t)n : len;
    }
    snprintf(message, sizeof message, "Request method '%s' is not supported here; expected %s",
             request->method, response->allow);
    router_error(response, 405, 0, message);
}

static err_t check_access(const struct route *route, struct call *call, struct problem *problem)
{
    if (route->access == ACCESS_ANYONE)
        return ERR_OK;
    if (route->access == ACCESS_DEVICE)
        return device_identify(call, problem);
    TRY(auth_identify(call, problem));
    TRY(access_check_role(call, problem));
    return access_check_path(call, problem);
}

static err_t read_body(const struct route *route, struct call *call, struct problem *problem)
{
    struct slice text = call->request->body;
    size_t limit = route->body_limit;
    if (limit != 0 && text.len > limit) {
        call->error_status = 413;
        return fail(problem, ERR_INVALID, "", "the body has %zu bytes; expected at most %zu", text.len,
                    limit);
    }
    if (route->body != BODY_OBJECT)
        return ERR_OK;
    if (text.len == 0)
        return fail(problem, ERR_INVALID, "", "Required request body is missing");
    TRY(document_parse(text, &call->body, problem));
    if (!json_is_object(call->body))
        return fail(problem, ERR_INVALID, "", "the body is %s; expected an object",
                    document_kind(call->body));
    return ERR_OK;
}

static err_t run(const struct route *route, struct call *call, struct problem *problem)
{
    TRY(check_access(route, call, problem));
    TRY(read_body(route, call, problem));
    TRY(route->handler(call, problem));
    if (call->response->stream.source != NULL)
        return answer_stream_next(call->response, &call->response->body, problem);
    if (buf_is_ok(&call->response->body))
        return ERR_OK;
    call->error_status = 400;
    call->error_code = 31;
    return fail(problem, ERR_LIMIT, "", "the answer would be larger than %d bytes; ask for less at once",
                HTTP_ANSWER_MAX);
}

/* The route of a request, or NULL when the answer has been written. */
static const struct route *find_route(struct call *call)
{
    const struct http_request *request = call->request;
    call->response->body.limit = HTTP_ANSWER_MAX;
    if (assets_own(request->path)) {
        assets_answer(request, call->response);
        return NULL;
    }
    const struct route *first = find_pattern(request->path, call->parts);
    if (first == NULL) {
        router_error(call->response, 404, 0, "There is nothing at this path");
        return NULL;
    }
    const struct route *route = find_method(first, request->method);
    if (route == NULL)
        write_wrong_method(first, request, call->response);
    call->route = route;
    return route;
}

static struct call call_of(struct api *api, const struct http_request *request,
                           struct http_response *response)
{
    return (struct call){.api = api, .request = request, .response = response};
}

/* Every step has a call of its own. */
static void end_call(struct call *call, err_t err, const struct problem *problem)
{
    if (err != ERR_OK)
        write_failure(call, err, problem);
    json_decref(call->body);
    json_decref(call->audit.details);
    profile_config_unref(call->profile);
}

static void note_upload(struct call *call, struct router_upload *upload, err_t err,
                        const struct problem *problem)
{
    if (upload->route->sink->describe != NULL)
        upload->route->sink->describe(call, upload->state);
    audit_note(call, err, problem);
    upload->is_noted = true;
}

bool router_upload_open(struct api *api, const struct http_request *request, struct router_upload *ret,
                        struct http_response *response)
{
    struct call call = call_of(api, request, response);
    struct problem problem = {0};
    const struct route *route = find_route(&call);
    void *state = NULL;
    if (route == NULL)
        return false;
    err_t err = check_access(route, &call, &problem);
    if (err == ERR_OK)
        err = route->sink->open(&call, &state, &problem);
    if (err == ERR_OK)
        *ret = (struct router_upload){.route = route, .state = state, .who = call.who};
    else
        audit_note(&call, err, &problem);
    end_call(&call, err, &problem);
    return err == ERR_OK;
}

bool router_upload_write(struct api *api, const struct http_request *request, struct router_upload *upload,
                         struct slice bytes, struct http_response *response)
{
    struct problem problem = {0};
    err_t err = upload->route->sink->write(upload->state, bytes, &problem);
    if (err == ERR_OK)
        return true;
    struct call call = call_of(api, request, response);
    CHECK(find_route(&call) == upload->route);
    call.who = upload->who;
    note_upload(&call, upload, err, &problem);
    end_call(&call, err, &problem);
    return false;
}

/* Access is checked again: the login may have ended since the body began. */
void router_upload_finish(struct api *api, const struct http_request *request, struct router_upload *upload,
                          struct http_response *response)
{
    struct call call = call_of(api, request, response);
    struct problem problem = {0};
    const struct route *route = find_route(&call);
    CHECK(route == upload->route);
    err_t err = check_access(route, &call, &problem);
    if (err == ERR_OK)
        err = route->sink->finish(&call, upload->state, &problem);
    if (err == ERR_AUTH)
        call.who = upload->who;
    note_upload(&call, upload, err == ERR_AUTH ? ERR_DENIED : err, &problem);
    end_call(&call, err, &problem);
}

static void note_abandoned(struct api *api, const struct http_request *request, struct router_upload *upload)
{
    struct http_response nobodys = {0};
    struct call call = call_of(api, request, &nobodys);
    struct problem problem = {0};
    err_t err = fail(&problem, ERR_CLOSED, "", "the client went away before the end of the body");
    CHECK(find_route(&call) == upload->route);
    call.who = upload->who;
    note_upload(&call, upload, err, &problem);
    json_decref(call.audit.details);
    http_response_fini(&nobodys);
}

void router_upload_close(struct api *api, const struct http_request *request, struct router_upload *upload)
{
    if (upload->route == NULL)
        return;
    if (!upload->is_noted)
        note_abandoned(api, request, upload);
    upload->route->sink->close(upload->state);
    *upload = (struct router_upload){0};
}

bool router_stream_next(const struct route *route, const struct http_request *request,
                        struct http_response *response, struct buf *out)
{
    struct call call = {.request = request, .response = response, .route = route};
    struct problem problem = {0};
    err_t err = answer_stream_next(response, out, &problem);
    if (err != ERR_OK)
        write_failure(&call, err, &problem);
    return err == ERR_OK;
}

static void upload_at_once(struct api *api, const struct http_request *request,
                           struct http_response *response)
{
    struct router_upload upload = {0};
    if (router_upload_open(api, request, &upload, response) &&
        (request->body.len == 0 || router_upload_write(api, request, &upload, request->body, response)))
        router_upload_finish(api, request, &upload, response);
    router_upload_close(api, request, &upload);
}

void router_dispatch(struct api *api, const struct http_request *request, struct http_response *response)
{
    struct call call = call_of(api, request, response);
    struct problem problem = {0};
    const struct route *route = find_route(&call);
    if (route == NULL)
        return;
    if (route->body == BODY_STREAM) {
        upload_at_once(api, request, response);
        return;
    }
    err_t err = run(route, &call, &problem);
    audit_note(&call, err, &problem);
    end_call(&call, err, &problem);
}
