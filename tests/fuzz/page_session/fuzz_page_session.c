/* Cookie and Origin headers, split at the first NUL: what is found lies within the header, and begins after our name. */
#include "http/page_session.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = size != 0 ? memchr(data, 0, size) : NULL;
    struct slice cookies = slice_of(data, nul != NULL ? (size_t)(nul - data) : size);
    struct http_request request = {.host = SLICE("localhost:8080"), .is_tls = size % 2 == 0};
    request.origin = nul != NULL ? slice_of(nul + 1, size - cookies.len - 1) : slice_of(NULL, 0);
    struct slice found = page_session_find(cookies, request.is_tls);
    if (found.len != 0 &&
        (found.data <= cookies.data || found.data + found.len > cookies.data + cookies.len ||
         found.data[-1] != '=' || memchr(found.data, ';', found.len) != NULL))
        abort();
    if (page_origin_is_ours(&request, false) &&
        (request.origin.len < request.host.len || (request.is_tls && request.origin.data[4] != 's')))
        abort();
    return 0;
}
