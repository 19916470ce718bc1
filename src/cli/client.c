#include "cli/client.h"

#include "base/log.h"
#include "http/answer_stream.h"
#include "http/router.h"
#include "hub/hub.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { ANSWER_MAX = 64 * 1024 * 1024, TIMEOUT_S = 60 };

struct client {
    char *dir;
    int dir_fd;
    CURL *curl; /* NULL: no server runs, the rest is open */
    char socket_path[64];
    struct settings settings;
    struct hub hub;
    struct api api;
};

/* Through /proc, since the path of a data directory may be longer than a socket's address. */
static bool is_served(struct client *client)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(client->socket_path, sizeof client->socket_path, "/proc/self/fd/%d/control.sock",
             client->dir_fd);
    memcpy(address.sun_path, client->socket_path, sizeof client->socket_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool answers = fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    if (fd >= 0)
        close(fd);
    return answers;
}

static err_t open_store(struct client *client, struct problem *problem)
{
    log_configure(LOG_WARNING, LOG_FORMAT_AUTO); /* what is done is printed, not logged */
    TRY(settings_load(client->dir, NULL, 0, &client->settings, problem));
    TRY(hub_open(client->dir, &client->settings, false, &client->hub, problem));
    return api_init(&client->api, &client->hub, problem);
}

static err_t open_directory(struct client *client, const char *dir, struct problem *problem)
{
    const char *named = dir != NULL ? dir : getenv("POSTERN_DIR");
    client->dir = strdup(named != NULL && named[0] != '\0' ? named : "./data");
    if (client->dir == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory");
    client->dir_fd = open(client->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (client->dir_fd < 0)
        return fail(
            problem, ERR_NOT_FOUND, "dir",
            "%s is no data directory (%s); 'postern init DIR' makes one, --dir or POSTERN_DIR names it",
            client->dir, strerror(errno));
    return ERR_OK;
}

err_t client_open(const char *dir, struct client **ret, struct problem *problem)
{
    struct client *client = calloc(1, sizeof *client);
    if (client == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory");
    client->dir_fd = -1;
    err_t err = open_directory(client, dir, problem);
    if (err == ERR_OK && is_served(client)) {
        client->curl = curl_easy_init();
        err = client->curl != NULL ? ERR_OK : fail(problem, ERR_NOMEM, "", "no memory");
    } else if (err == ERR_OK) {
        err = open_store(client, problem);
    }
    if (err != ERR_OK)
        client_close(client);
    else
        *ret = client;
    return err;
}

void client_close(struct client *client)
{
    if (client == NULL)
        return;
    if (client->curl != NULL)
        curl_easy_cleanup(client->curl);
    api_fini(&client->api);
    if (client->hub.dir != NULL)
        hub_close(&client->hub);
    settings_fini(&client->settings);
    if (client->dir_fd >= 0)
        close(client->dir_fd);
    free(client->dir);
    free(client);
}

static size_t keep(char *data, size_t size, size_t count, void *arg)
{
    struct buf *answer = arg;
    buf_append(answer, data, size * count);
    return buf_is_ok(answer) ? size * count : 0;
}

static err_t call_server(struct client *client, const char *method, const char *target, const char *body,
                         struct buf *answer, unsigned *ret_status, struct problem *problem)
{
    AUTO_BUF url = {0};
    long status = 0;
    CURL *curl = client->curl;
    buf_printf(&url, "http://localhost%s", target);
    curl_easy_reset(curl);
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, client->socket_path);
    curl_easy_setopt(curl, CURLOPT_URL, buf_cstr(&url));
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)TIMEOUT_S);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    if (body != NULL)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
    CURLcode code = curl_easy_perform(curl);
    curl_slist_free_all(headers);
    if (code != CURLE_OK)
        return fail(problem, ERR_IO, "", "the server on %s does not answer: %s", client->dir,
                    curl_easy_strerror(code));
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    *ret_status = (unsigned)status;
    return ERR_OK;
}

static err_t call_store(struct client *client, const char *method, const char *target, const char *body,
                        struct buf *answer, unsigned *ret_status, struct problem *problem)
{
    char text[HTTP_TARGET_MAX];
    struct http_request request = {.is_local = true, .host = SLICE("localhost")};
    struct http_response response = {0};
    err_t err = http_request_target(&request, method, target, text);
    if (err != ERR_OK)
        return fail(problem, err, "", "the request is too long");
    if (body != NULL)
        request.body = slice_str(body);
    router_dispatch(&client->api, &request, &response);
    err = answer_stream_collect(&response, problem);
    buf_append_slice(answer, http_response_body(&response));
    *ret_status = response.status;
    http_response_fini(&response);
    return err;
}

static err_t err_of_status(unsigned status)
{
    switch (status) {
    case 401: return ERR_AUTH;
    case 403: return ERR_DENIED;
    case 404: return ERR_NOT_FOUND;
    case 409: return ERR_CONFLICT;
    case 429: return ERR_LIMIT;
    case 503: return ERR_AGAIN;
    case 507: return ERR_FULL;
    default: return status < 500 ? ERR_INVALID : ERR_INTERNAL;
    }
}

static err_t interpret(unsigned status, const struct buf *answer, json_t **ret_body, struct problem *problem)
{
    json_t *document = NULL;
    if (answer->len != 0)
        document = json_loadb((const char *)answer->data, answer->len, JSON_DECODE_ANY, NULL);
    if (status < 200 || status > 299) {
        const char *message = json_string_value(json_object_get(document, "message"));
        err_t err = fail(problem, err_of_status(status), "", "%s", message != NULL ? message : "refused");
        json_decref(document);
        return err;
    }
    if (ret_body != NULL)
        *ret_body = document;
    else
        json_decref(document);
    return ERR_OK;
}

err_t client_call(struct client *client, const char *method, const char *target, json_t *body,
                  json_t **ret_body, struct problem *problem)
{
    AUTO_BUF answer = {.limit = ANSWER_MAX};
    unsigned status = 0;
    char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
    if (body != NULL && text == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory");
    err_t err = client->curl != NULL ? call_server(client, method, target, text, &answer, &status, problem)
                                     : call_store(client, method, target, text, &answer, &status, problem);
    free(text);
    return err == ERR_OK ? interpret(status, &answer, ret_body, problem) : err;
}
