/* Headers of an answer. */
#include "http/exchange.h"

#include <stdio.h>

#define CONTENT_POLICY                                                                                       \
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; "   \
    "base-uri 'none'; form-action 'self'"

struct header_room {
    struct lws *wsi;
    unsigned char *at, *end;
    bool failed;
};

static void add(struct header_room *room, const char *name, const char *value)
{
    if (!room->failed && value != NULL)
        room->failed =
            lws_add_http_header_by_name(room->wsi, (const unsigned char *)name, (const unsigned char *)value,
                                        (int)strlen(value), &room->at, room->end) != 0;
}

static void add_number(struct header_room *room, const char *name, unsigned long value)
{
    char text[24];
    snprintf(text, sizeof text, "%lu", value);
    add(room, name, text);
}

static void add_security(struct header_room *room)
{
    add(room, "content-security-policy:", CONTENT_POLICY);
    add(room, "x-content-type-options:", "nosniff");
    add(room, "referrer-policy:", "no-referrer");
    if (lws_is_ssl(room->wsi))
        add(room, "strict-transport-security:", "max-age=31536000");
}

static void add_optional(struct header_room *room, const struct http_response *response)
{
    char disposition[160];
    add(room, "etag:", response->etag);
    add(room, "content-encoding:", response->content_encoding);
    if (response->fixed.len != 0)
        add(room, "vary:", "accept-encoding");
    if (response->allow[0] != '\0')
        add(room, "allow:", response->allow);
    if (response->status == 401)
        add(room, "www-authenticate:", "Bearer");
    if (response->retry_after_s != 0)
        add_number(room, "retry-after:", response->retry_after_s);
    if (response->file_name != NULL) {
        snprintf(disposition, sizeof disposition, "attachment; filename=%s", response->file_name);
        add(room, "content-disposition:", disposition);
    }
}

bool answer_write_headers(struct lws *wsi, const struct http_response *response, bool closes)
{
    unsigned char bytes[LWS_PRE + 2048], *start = bytes + LWS_PRE;
    struct header_room room = {.wsi = wsi, .at = start, .end = bytes + sizeof bytes - 1};
    size_t length = http_response_body(response).len;
    if (lws_add_http_header_status(wsi, response->status, &room.at, room.end) != 0)
        return false;
    if (length != 0)
        add(&room,
            "content-type:", response->content_type != NULL ? response->content_type : "application/json");
    if (response->status != 304) /* RFC 9110 section 8.6 */
        add_number(&room, "content-length:", length);
    add(&room, "cache-control:", response->cache_control != NULL ? response->cache_control : "no-store");
    add_security(&room);
    add_optional(&room, response);
    if (closes)
        add(&room, "connection:", "close");
    return !room.failed && lws_finalize_write_http_header(wsi, start, &room.at, room.end) == 0;
}
