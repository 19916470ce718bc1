#include "platform.h"

#include "http/answer_stream.h"
#include "http/auth.h"
#include "http/router.h"

#include "unit.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

void platform_open(struct platform *platform, const char *const *overrides)
{
    struct problem problem = {0};
    size_t count = 0;
    while (overrides != NULL && overrides[count] != NULL)
        count++;
    *platform = (struct platform){0};
    log_configure(LOG_ERROR, LOG_FORMAT_TEXT);
    snprintf(platform->dir, sizeof platform->dir, "/tmp/postern-http-XXXXXX");
    assert_non_null(mkdtemp(platform->dir));
    struct settings_sources sources = {.overrides = overrides, .override_count = count};
    assert_int_equal(settings_read(&sources, &platform->settings, &problem), ERR_OK);
    err_t err = hub_open(platform->dir, &platform->settings, true, &platform->hub, &problem);
    if (err != ERR_OK)
        fail_msg("%s", problem.text);
    assert_int_equal(api_init(&platform->api, &platform->hub, &problem), ERR_OK);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    return remove(path);
}

void platform_close(struct platform *platform)
{
    api_fini(&platform->api);
    hub_close(&platform->hub);
    settings_fini(&platform->settings);
    nftw(platform->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void platform_make_administrator(struct platform *platform)
{
    struct problem problem = {0};
    assert_int_equal(auth_create_administrator(&platform->hub, TEST_EMAIL, TEST_PASSWORD, &problem), ERR_OK);
}

void answer_fini(struct answer *answer)
{
    json_decref(answer->document);
    http_response_fini(&answer->response);
    answer->document = NULL;
}

static struct answer dispatch(struct platform *platform, struct http_request *request, const char *method,
                              const char *target, const char *body)
{
    char text[HTTP_TARGET_MAX];
    struct answer answer = {0};
    request->host = SLICE("iot.example:8080");
    assert_int_equal(http_request_target(request, method, target, text), ERR_OK);
    if (body != NULL)
        request->body = slice_str(body);
    router_dispatch(&platform->api, request, &answer.response);
    assert_int_equal(answer_stream_collect(&answer.response, NULL), ERR_OK);
    struct slice bytes = http_response_body(&answer.response);
    answer.status = answer.response.status;
    if (bytes.len != 0)
        answer.document = json_loadb((const char *)bytes.data, bytes.len, JSON_DECODE_ANY, NULL);
    answer.code = (unsigned)json_integer_value(json_object_get(answer.document, "errorCode"));
    return answer;
}

struct answer ask(struct platform *platform, const char *method, const char *target, const char *body)
{
    struct http_request request = {.is_local = true};
    return dispatch(platform, &request, method, target, body);
}

struct answer ask_with(struct platform *platform, const char *token, const char *method, const char *target,
                       const char *body)
{
    AUTO_BUF header = {0};
    struct http_request request = {0};
    buf_printf(&header, "Bearer %s", token != NULL ? token : "");
    if (token != NULL)
        request.authorization = buf_slice(&header);
    return dispatch(platform, &request, method, target, body);
}

json_t *value_at(const json_t *document, const char *path)
{
    char step[64];
    json_t *value = NULL;
    const json_t *in = document;
    while (in != NULL && *path != '\0') {
        size_t n = strcspn(path, ".");
        snprintf(step, sizeof step, "%.*s", (int)n, path);
        value = json_is_array(in) ? json_array_get(in, (size_t)strtoul(step, NULL, 10))
                                  : json_object_get(in, step);
        in = value;
        path += path[n] == '.' ? n + 1 : n;
    }
    return value;
}

const char *text_at(const json_t *document, const char *path)
{
    const char *text = json_string_value(value_at(document, path));
    return text != NULL ? text : "";
}

void make_device(struct platform *platform, const char *name, char id[UUID_TEXT_SIZE])
{
    char body[512];
    snprintf(body, sizeof body, "{\"name\":\"%s\"}", name);
    AUTO_ANSWER made = ask(platform, "POST", "/api/device", body);
    assert_int_equal(made.status, 200);
    snprintf(id, UUID_TEXT_SIZE, "%s", text_at(made.document, "id.id"));
}
