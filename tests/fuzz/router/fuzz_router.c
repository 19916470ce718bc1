/* Lines: method, target, authorization (empty: the control socket), host, accept-encoding; then the body. */
#include "rest_target.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    target_open();
    return 0;
}

static struct slice next_line(struct slice *rest)
{
    const uint8_t *end = rest->len != 0 ? memchr(rest->data, '\n', rest->len) : NULL;
    struct slice line = slice_of(rest->data, end != NULL ? (size_t)(end - rest->data) : rest->len);
    *rest = slice_skip(*rest, end != NULL ? line.len + 1 : line.len);
    return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_BUF text = {0};
    char method[8], path[HTTP_TARGET_MAX], storage[HTTP_TARGET_MAX];
    struct http_request request = {0};
    target_expand(slice_of(data, size), &text);
    struct slice rest = buf_slice(&text);
    if (!slice_to_cstr(next_line(&rest), method, sizeof method) ||
        !slice_to_cstr(next_line(&rest), path, sizeof path) ||
        http_request_target(&request, method, path, storage) != ERR_OK)
        return 0;
    request.authorization = next_line(&rest);
    request.host = next_line(&rest);
    request.accept_encoding = next_line(&rest);
    request.if_none_match = request.accept_encoding;
    request.is_local = request.authorization.len == 0;
    request.body = rest;
    target_ask(&request);
    return 0;
}
