#include "hub/forward_send.h"

#include "base/text.h"
#include "hub/forward_check.h"
#include "hub/public_address.h"

#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

void forward_request_fini(struct forward_request *r)
{
    curl_easy_cleanup(r->curl);
    curl_slist_free_all(r->headers);
    buf_fini(&r->body);
    *r = (struct forward_request){0};
}

/* ---- URL ----------------------------------------------------------------------------------------------------- */

static bool has_part(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    CURLUcode code = curl_url_get(url, part, &text, 0);
    bool has = code == CURLUE_OK && text != NULL && text[0] != '\0';
    curl_free(text);
    return has;
}

static bool has_scheme(CURLU *url, const char *scheme)
{
    char *text = NULL;
    bool is = curl_url_get(url, CURLUPART_SCHEME, &text, 0) == CURLUE_OK && strcasecmp(text, scheme) == 0;
    curl_free(text);
    return is;
}

static err_t check_parts(CURLU *parsed, const char *url, bool is_http_allowed, struct problem *problem)
{
    if (curl_url_set(parsed, CURLUPART_URL, url, 0) != CURLUE_OK || !has_part(parsed, CURLUPART_HOST))
        return fail(problem, ERR_INVALID, "url", "url is '%.200s'; expected https://host/path", url);
    if (has_part(parsed, CURLUPART_USER) || has_part(parsed, CURLUPART_PASSWORD))
        return fail(problem, ERR_INVALID, "url", "url holds a user name or password; expected none");
    if (has_scheme(parsed, "https") || (is_http_allowed && has_scheme(parsed, "http")))
        return ERR_OK;
    return fail(problem, ERR_INVALID, "url", "url is '%.200s'; expected %shttps://", url,
                is_http_allowed ? "http:// or " : "");
}

err_t forward_check_url(const char *url, const struct settings *settings, struct problem *problem)
{
    CURLU *parsed = curl_url();
    if (parsed == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory");
    err_t err = check_parts(parsed, url, settings->forward.allow_http, problem);
    curl_url_cleanup(parsed);
    return err;
}

/* ---- the request --------------------------------------------------------------------------------------------- */

static size_t on_answer(char *bytes, size_t size, size_t count, void *arg)
{
    struct forward_request *r = arg;
    r->answered += size * count;
    return r->answered <= FORWARD_ANSWER_MAX ? size * count : 0;
}

static curl_socket_t on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct forward_request *r = arg;
    if (!r->is_private_allowed && !address_is_public(&address->addr)) {
        r->was_private = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static int on_close(void *arg, curl_socket_t socket)
{
    return close(socket);
}

void forward_sign(const char *secret, int64_t now_s, struct slice body, char out[FORWARD_SIGNATURE_SIZE])
{
    crypto_auth_hmacsha256_state state;
    uint8_t mac[crypto_auth_hmacsha256_BYTES];
    char stamp[32];
    snprintf(stamp, sizeof stamp, "%lld.", (long long)now_s);
    crypto_auth_hmacsha256_init(&state, (const uint8_t *)secret, strlen(secret));
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)stamp, strlen(stamp));
    crypto_auth_hmacsha256_update(&state, body.data, body.len);
    crypto_auth_hmacsha256_final(&state, mac);
    text_to_hex(slice_of(mac, sizeof mac), out);
    sodium_memzero(&state, sizeof state);
}

static void add_header(struct curl_slist **list, const char *name, const char *value)
{
    char line[160];
    snprintf(line, sizeof line, "%s: %s", name, value);
    struct curl_slist *longer = curl_slist_append(*list, line);
    if (longer == NULL) {
        curl_slist_free_all(*list);
        *list = NULL;
        return;
    }
    *list = longer;
}

static struct curl_slist *make_headers(const struct forwarding *to, struct slice body, int64_t now_s)
{
    struct curl_slist *list = NULL;
    char id[UUID_TEXT_SIZE], stamp[32], signature[7 + FORWARD_SIGNATURE_SIZE] = "sha256=";
    uuid_format(&to->id, id);
    snprintf(stamp, sizeof stamp, "%lld", (long long)now_s);
    forward_sign(to->secret, now_s, body, signature + 7);
    add_header(&list, "Content-Type", "application/json");
    add_header(&list, "Expect", ""); /* no 100-continue, whatever the size */
    add_header(&list, "Postern-Forwarding", id);
    add_header(&list, "Postern-Timestamp", stamp);
    add_header(&list, "Postern-Signature", signature);
    return list;
}

static void set_options(struct forward_request *r, const struct forwarding *to,
                        const struct settings *settings)
{
    bool is_http_allowed = settings->forward.allow_http;
    outbound_prepare(r->curl, to->url, is_http_allowed ? "http,https" : "https",
                     (long)settings->forward.timeout * 1000);
    curl_easy_setopt(r->curl, CURLOPT_QUICK_EXIT, 1L); /* a name server that is silent holds nobody up */
    curl_easy_setopt(r->curl, CURLOPT_PROXY, "");
    curl_easy_setopt(r->curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(r->curl, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    curl_easy_setopt(r->curl, CURLOPT_OPENSOCKETDATA, r);
    curl_easy_setopt(r->curl, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    curl_easy_setopt(r->curl, CURLOPT_WRITEFUNCTION, on_answer);
    curl_easy_setopt(r->curl, CURLOPT_WRITEDATA, r);
    curl_easy_setopt(r->curl, CURLOPT_POSTFIELDS, (const char *)r->body.data);
    curl_easy_setopt(r->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.len);
    curl_easy_setopt(r->curl, CURLOPT_HTTPHEADER, r->headers);
    if (settings->forward.ca_file[0] != '\0') {
        curl_easy_setopt(r->curl, CURLOPT_CAINFO, settings->forward.ca_file);
        curl_easy_setopt(r->curl, CURLOPT_CAPATH, NULL);
    }
}

err_t forward_request_prepare(struct forward_request *r, const struct forwarding *to,
                              const struct settings *settings, int64_t now_s, struct problem *problem)
{
    if (r->curl == NULL)
        r->curl = curl_easy_init();
    curl_slist_free_all(r->headers);
    r->headers = make_headers(to, buf_slice(&r->body), now_s);
    if (r->curl == NULL || r->headers == NULL || !buf_is_ok(&r->body))
        return fail(problem, ERR_NOMEM, "", "no memory for the request");
    curl_easy_reset(r->curl); /* keeps the connection */
    r->answered = 0;
    r->was_private = false;
    r->is_private_allowed = settings->forward.allow_private;
    set_options(r, to, settings);
    return ERR_OK;
}

/* ---- what became of it --------------------------------------------------------------------------------------- */

err_t forward_request_result(const struct forward_request *r, CURLcode code, long *ret_status,
                             struct problem *problem)
{
    long status = 0;
    curl_easy_getinfo(r->curl, CURLINFO_RESPONSE_CODE, &status);
    if (ret_status != NULL)
        *ret_status = status;
    if (r->was_private && code != CURLE_OK)
        return fail(problem, ERR_IO, "",
                    "the endpoint's address is not a public one (forward.allow_private)");
    if (r->answered > FORWARD_ANSWER_MAX)
        return fail(problem, ERR_IO, "", "the endpoint's answer is larger than %d bytes", FORWARD_ANSWER_MAX);
    if (code == CURLE_OPERATION_TIMEDOUT)
        return fail(problem, ERR_IO, "", "the endpoint did not answer in time");
    if (code != CURLE_OK)
        return fail(problem, ERR_IO, "", "the endpoint cannot be reached: %s", curl_easy_strerror(code));
    if (status < 200 || status > 299)
        return fail(problem, ERR_IO, "", "the endpoint answered with status %ld", status);
    return ERR_OK;
}
