/* The first byte picks a route that takes a body, the rest is that body; asked as the administrator. */
#include "../router/rest_target.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    target_open();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const paths[] = {"/api/device",
                                        "/api/device-with-credentials",
                                        "/api/device/credentials",
                                        "/api/postern/certificate/inspect",
                                        "/api/auth/token",
                                        "/api/deviceProfile",
                                        "/api/otaPackage"};
    AUTO_BUF text = {0};
    char storage[HTTP_TARGET_MAX];
    struct http_request request = {.is_local = true};
    if (size == 0)
        return 0;
    const char *path = paths[data[0] % (sizeof paths / sizeof paths[0])];
    target_expand(slice_of(data + 1, size - 1), &text);
    CHECK(http_request_target(&request, "POST", path, storage) == ERR_OK);
    request.body = buf_slice(&text);
    target_ask(&request);
    return 0;
}
