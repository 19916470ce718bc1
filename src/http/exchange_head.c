/* The head of a request, out of the library's hands. */
#include "http/exchange_parts.h"

#include "base/text.h"
#include "http/device_door.h"
#include "tls/client_certificate.h"

#include <netinet/in.h>
#include <stdio.h>

static struct slice keep(struct exchange *x, size_t len)
{
    struct slice kept = slice_of(x->text + x->text_len, len);
    x->text_len += len + 1;
    return kept;
}

static size_t text_left(const struct exchange *x)
{
    return sizeof x->text - x->text_len;
}

struct slice exchange_read_header(struct exchange *x, enum lws_token_indexes token)
{
    int len = lws_hdr_total_length(x->wsi, token);
    if (len <= 0 || (size_t)len + 1 > text_left(x) ||
        lws_hdr_copy(x->wsi, x->text + x->text_len, len + 1, token) != len)
        return slice_of(NULL, 0);
    return keep(x, (size_t)len);
}

static struct slice read_custom(struct exchange *x, const char *name)
{
    int len = lws_hdr_custom_length(x->wsi, name, (int)strlen(name));
    if (len <= 0 || (size_t)len + 1 > text_left(x) ||
        lws_hdr_custom_copy(x->wsi, x->text + x->text_len, len + 1, name, (int)strlen(name)) != len)
        return slice_of(NULL, 0);
    return keep(x, (size_t)len);
}

/* The library has split the query at '&' and decoded each part. */
static bool read_query(struct exchange *x)
{
    for (int i = 0;; i++) {
        int len = lws_hdr_copy_fragment(x->wsi, x->text + x->text_len, (int)text_left(x),
                                        WSI_TOKEN_HTTP_URI_ARGS, i);
        if (len < 0)
            return true;
        struct slice part = keep(x, (size_t)len);
        if (part.len == 0)
            continue;
        if (x->request.param_count == HTTP_PARAMS_MAX || !text_is_utf8(part))
            return false;
        const uint8_t *equals = memchr(part.data, '=', part.len);
        size_t name_len = equals != NULL ? (size_t)(equals - part.data) : part.len;
        x->request.params[x->request.param_count++] =
            (struct http_param){.name = slice_of(part.data, name_len),
                                .value = slice_skip(part, equals != NULL ? name_len + 1 : name_len)};
    }
}

static void read_method(struct exchange *x)
{
    static const char *const names[] = {"GET",   "POST",   "OPTIONS", "PUT",
                                        "PATCH", "DELETE", "CONNECT", "HEAD"};
    char *uri;
    int uri_len, method = lws_http_get_uri_and_method(x->wsi, &uri, &uri_len);
    bool is_known = method >= 0 && (size_t)method < sizeof names / sizeof names[0];
    snprintf(x->request.method, sizeof x->request.method, "%s", is_known ? names[method] : "?");
    x->is_head = strcmp(x->request.method, "HEAD") == 0;
}

static void read_address(struct exchange *x)
{
    struct sockaddr_storage peer = {0};
    socklen_t len = sizeof peer;
    uint8_t *address = x->request.address;
    if (getpeername(lws_get_socket_fd(x->wsi), (struct sockaddr *)&peer, &len) != 0)
        return;
    if (peer.ss_family == AF_INET6) {
        memcpy(address, &((const struct sockaddr_in6 *)&peer)->sin6_addr, HTTP_ADDRESS_BYTES);
    } else if (peer.ss_family == AF_INET) {
        address[10] = address[11] = 0xff;
        memcpy(address + 12, &((const struct sockaddr_in *)&peer)->sin_addr, 4);
    }
}

bool exchange_read_peer(struct exchange *x)
{
    const struct settings *settings = x->service->hub->settings;
    if (x->route == NULL || x->route->access != ACCESS_DEVICE || !x->request.is_tls ||
        !settings->http.client_certificates || !device_is_by_certificate(x->request.path))
        return true;
    err_t err = tls_read_peer(lws_get_ssl(x->wsi), settings->tls.max_chain, &x->peer);
    x->request.peer = x->peer;
    return err == ERR_OK;
}

bool exchange_read_head(struct exchange *x, struct slice path)
{
    if (path.len + 1 > text_left(x) || !text_is_utf8(path))
        return false;
    memcpy(x->text, path.data, path.len);
    x->request.path = keep(x, path.len);
    read_method(x);
    x->request.authorization = read_custom(x, "x-authorization:");
    if (x->request.authorization.len == 0)
        x->request.authorization = exchange_read_header(x, WSI_TOKEN_HTTP_AUTHORIZATION);
    x->request.host = exchange_read_header(x, WSI_TOKEN_HOST);
    x->request.cookies = exchange_read_header(x, WSI_TOKEN_HTTP_COOKIE);
    x->request.origin = exchange_read_header(x, WSI_TOKEN_ORIGIN);
    x->request.page = read_custom(x, "x-postern-page:");
    x->request.page_session = read_custom(x, "x-postern-session:");
    x->is_http_1_0 = slice_eq_str(exchange_read_header(x, WSI_TOKEN_HTTP), "HTTP/1.0");
    x->request.accept = exchange_read_header(x, WSI_TOKEN_HTTP_ACCEPT);
    x->request.accept_encoding = exchange_read_header(x, WSI_TOKEN_HTTP_ACCEPT_ENCODING);
    x->request.if_none_match = exchange_read_header(x, WSI_TOKEN_HTTP_IF_NONE_MATCH);
    x->request.content_type = exchange_read_header(x, WSI_TOKEN_HTTP_CONTENT_TYPE);
    x->request.is_local = lws_get_vhost(x->wsi) == x->service->local;
    x->request.is_tls = lws_is_ssl(x->wsi);
    read_address(x);
    x->later.host = x->service->later_host;
    x->request.later = &x->later;
    return read_query(x);
}
