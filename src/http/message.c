#include "http/message.h"

#include "base/text.h"
#include "http/answer_stream.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void http_stream_close(struct http_stream *stream)
{
    if (stream->source != NULL)
        stream->source->close(stream->state);
    *stream = (struct http_stream){0};
}

void http_response_fini(struct http_response *response)
{
    buf_fini(&response->body);
    http_stream_close(&response->stream);
    if (response->file.is_there)
        close(response->file.fd);
    free(response->media_type);
    free(response->file_name);
    *response = (struct http_response){0};
}

struct slice http_response_body(const struct http_response *response)
{
    return response->fixed.len != 0 ? response->fixed : buf_slice(&response->body);
}

uint64_t http_response_length(const struct http_response *response)
{
    return response->file.is_there ? response->file.length : http_response_body(response).len;
}

/* Decode src into *at, which moves on; '+' is a blank in queries only (RFC 1866 section 8.2.1). */
static bool decode(struct slice src, bool is_query, char **at, struct slice *ret)
{
    char *start = *at, *out = *at;
    for (size_t i = 0; i < src.len; i++) {
        uint8_t c = src.data[i];
        if (c == '%') {
            if (src.len - i < 3 || !text_from_hex(slice_of(src.data + i + 1, 2), &c, 1) || c == 0)
                return false;
            i += 2;
        } else if (c == '+' && is_query) {
            c = ' ';
        }
        *out++ = (char)c;
    }
    *ret = slice_of(start, (size_t)(out - start));
    *at = out;
    return text_is_utf8(*ret);
}

static struct slice cut(struct slice *rest, char separator)
{
    const uint8_t *at = rest->len != 0 ? memchr(rest->data, separator, rest->len) : NULL;
    struct slice head = *rest;
    if (at != NULL)
        head.len = (size_t)(at - rest->data);
    *rest = slice_skip(*rest, at != NULL ? head.len + 1 : head.len);
    return head;
}

err_t http_request_target(struct http_request *request, const char *method, const char *target,
                          char text[HTTP_TARGET_MAX])
{
    struct slice rest = slice_str(target);
    if (rest.len >= HTTP_TARGET_MAX)
        return ERR_LIMIT;
    snprintf(request->method, sizeof request->method, "%s", method);
    char *at = text;
    if (!decode(cut(&rest, '?'), false, &at, &request->path) || request->path.len == 0 ||
        request->path.data[0] != '/')
        return ERR_INVALID;
    request->param_count = 0;
    while (rest.len != 0) {
        struct slice value = cut(&rest, '&'), name = cut(&value, '=');
        if (name.len == 0)
            continue;
        if (request->param_count == HTTP_PARAMS_MAX)
            return ERR_LIMIT;
        struct http_param *param = &request->params[request->param_count++];
        if (!decode(name, true, &at, &param->name) || !decode(value, true, &at, &param->value))
            return ERR_INVALID;
    }
    return ERR_OK;
}

void http_escape(struct slice text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        if (c < 0x80 && (isalnum(c) || c == '-' || c == '_' || c == '.' || c == '~'))
            buf_append_u8(out, c);
        else
            buf_printf(out, "%%%02X", c);
    }
}

bool http_request_param(const struct http_request *request, const char *name, struct slice *ret)
{
    for (size_t i = 0; i < request->param_count; i++) {
        if (slice_eq_str(request->params[i].name, name)) {
            *ret = request->params[i].value;
            return true;
        }
    }
    return false;
}
