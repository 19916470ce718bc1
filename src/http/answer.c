/* Headers of an answer. */
#include "http/exchange.h"

#include <inttypes.h>
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

static void add_number(struct header_room *room, const char *name, uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, value);
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

/* RFC 6266, RFC 8187: in plain ASCII for all, in UTF-8 for those who can; x-filename is for scripts. */
static void add_file_name(struct header_room *room, const char *name)
{
    AUTO_BUF plain = {0};
    AUTO_BUF escaped = {0};
    AUTO_BUF disposition = {0};
    for (const char *c = name; *c != '\0'; c++)
        buf_append_u8(&plain, *c >= 0x20 && *c < 0x7f && *c != '"' && *c != '\\' ? (uint8_t)*c : '_');
    http_escape(slice_str(name), &escaped);
    buf_printf(&disposition, "attachment; filename=\"%s\"", buf_cstr(&plain));
    if (strcmp(buf_cstr(&plain), name) != 0)
        buf_printf(&disposition, "; filename*=UTF-8''%s", buf_cstr(&escaped));
    add(room, "content-disposition:", buf_cstr(&disposition));
    add(room, "x-filename:", buf_cstr(&escaped));
}

static void add_optional(struct header_room *room, const struct http_response *response)
{
    add(room, "etag:", response->etag);
    add(room, "content-encoding:", response->content_encoding);
    if (response->fixed.len != 0)
        add(room, "vary:", "accept-encoding");
    if (response->allow[0] != '\0')
        add(room, "allow:", response->allow);
    if (response->location[0] != '\0')
        add(room, "location:", response->location);
    if (response->set_cookie[0] != '\0')
        add(room, "set-cookie:", response->set_cookie);
    if (response->status == 401)
        add(room, "www-authenticate:", "Bearer");
    if (response->retry_after_s != 0)
        add_number(room, "retry-after:", response->retry_after_s);
    if (response->file_name != NULL)
        add_file_name(room, response->file_name);
}

static const char *media_type(const struct http_response *response)
{
    if (response->media_type != NULL)
        return response->media_type;
    return response->content_type != NULL ? response->content_type : "application/json";
}

/* RFC 9112 section 6: a length, chunks, or all up to the connection's end. */
static void add_framing(struct header_room *room, const struct http_response *response,
                        enum answer_framing framing)
{
    uint64_t length = http_response_length(response);
    if (framing != FRAMING_LENGTH || length != 0)
        add(room, "content-type:", media_type(response));
    if (framing == FRAMING_CHUNKS)
        add(room, "transfer-encoding:", "chunked");
    if (framing == FRAMING_LENGTH && response->status != 304) /* RFC 9110 section 8.6 */
        add_number(room, "content-length:", length);
}

bool answer_write_headers(struct lws *wsi, const struct http_response *response, enum answer_framing framing,
                          bool closes)
{
    unsigned char bytes[LWS_PRE + 4096], *start = bytes + LWS_PRE;
    struct header_room room = {.wsi = wsi, .at = start, .end = bytes + sizeof bytes - 1};
    if (lws_add_http_header_status(wsi, response->status, &room.at, room.end) != 0)
        return false;
    add_framing(&room, response, framing);
    add(&room, "cache-control:", response->cache_control != NULL ? response->cache_control : "no-store");
    add_security(&room);
    add_optional(&room, response);
    if (closes)
        add(&room, "connection:", "close");
    return !room.failed && lws_finalize_write_http_header(wsi, start, &room.at, room.end) == 0;
}
