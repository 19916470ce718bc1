#include "hub/webhook.h"

#include "hub/outbound.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { QUEUE = 1024 };

struct webhook {
    struct workers *threads;
    char *url; /* the setting's */
    long timeout_ms;
    atomic_bool is_stopping;
};

static err_t check_url(const char *url, struct problem *problem)
{
    if (strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0)
        return ERR_OK;
    return fail(problem, ERR_INVALID, "rpc.webhook_url",
                "rpc.webhook_url is '%.200s'; expected http:// or https://", url);
}

err_t webhook_new(const struct settings *settings, struct webhook **ret, struct problem *problem)
{
    *ret = NULL;
    if (settings->rpc.webhook_url[0] == '\0')
        return ERR_OK;
    TRY(check_url(settings->rpc.webhook_url, problem));
    struct webhook *w = calloc(1, sizeof *w);
    if (w == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(w);
        return fail(problem, ERR_NOMEM, "", "no memory for the webhook");
    }
    w->url = settings->rpc.webhook_url;
    w->timeout_ms = (long)settings->rpc.webhook_timeout;
    err_t err = workers_start(settings->rpc.webhook_threads, QUEUE, &w->threads);
    if (err != ERR_OK)
        webhook_free(w);
    else
        *ret = w;
    return err;
}

void webhook_stop(struct webhook *w)
{
    if (w != NULL)
        atomic_store(&w->is_stopping, true);
}

void webhook_free(struct webhook *w)
{
    if (w == NULL)
        return;
    webhook_stop(w);
    workers_stop(w->threads);
    curl_global_cleanup();
    free(w);
}

bool webhook_submit(struct webhook *w, struct mail *job)
{
    return w != NULL && workers_submit(w->threads, job);
}

static size_t on_bytes(char *bytes, size_t size, size_t count, void *arg)
{
    struct buf *answer = arg;
    buf_append(answer, bytes, size * count);
    return buf_is_ok(answer) ? size * count : 0;
}

static int on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct webhook *w = arg;
    return atomic_load(&w->is_stopping) ? 1 : 0;
}

static void set_options(struct webhook *w, CURL *curl, struct slice json, struct buf *answer)
{
    outbound_prepare(curl, w->url, "http,https", w->timeout_ms);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, (const char *)json.data);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)json.len);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, w);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
}

static err_t perform(const struct webhook *w, CURL *curl, const struct buf *answer, struct problem *problem)
{
    long status = 0;
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (!buf_is_ok(answer))
        return fail(problem, ERR_LIMIT, "", "the webhook's answer is larger than mqtt.max_payload");
    if (code == CURLE_OPERATION_TIMEDOUT)
        return fail(problem, ERR_IO, "", "the webhook did not answer within %ld ms", w->timeout_ms);
    if (code != CURLE_OK)
        return fail(problem, ERR_IO, "", "the webhook cannot be reached");
    if (status < 200 || status > 299)
        return fail(problem, ERR_IO, "", "the webhook answered with status %ld", status);
    return ERR_OK;
}

err_t webhook_ask(struct webhook *w, struct slice json, struct buf *answer, struct problem *problem)
{
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    err_t err = fail(problem, ERR_NOMEM, "", "no memory for the webhook");
    if (curl != NULL && headers != NULL) {
        set_options(w, curl, json, answer);
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        err = perform(w, curl, answer, problem);
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return err;
}
