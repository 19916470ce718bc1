#include "http/assets.h"

#include "http/router.h"

#define FOR_EVER "public, max-age=31536000, immutable"

static const char not_built[] =
    "<!doctype html><html lang=en><meta charset=utf-8><title>Postern</title>"
    "<body style=\"font-family:sans-serif;max-width:40em;margin:3em auto;padding:0 1em\">"
    "<h1>Postern is running</h1><p>This server was built without its web page; REST under <code>/api</code> "
    "and "
    "MQTT work.</p><p>To build it with the page, run <code>scripts/build</code>, which runs "
    "<code>npm ci &amp;&amp; npm run build</code> in <code>ui/</code> first.</p>";

static const struct asset *find(struct slice path)
{
    size_t low = 0, high = asset_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        struct slice name = slice_str(assets[middle].path);
        size_t shared = name.len < path.len ? name.len : path.len;
        int order = memcmp(path.data, name.data, shared);
        if (order == 0 && path.len == name.len)
            return &assets[middle];
        if (order < 0 || (order == 0 && path.len < name.len))
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static bool is_below(struct slice path, struct slice folder)
{
    return slice_starts_with(path, folder) && (path.len == folder.len || path.data[folder.len] == '/');
}

bool assets_own(struct slice path)
{
    return !is_below(path, SLICE("/api")) || is_below(path, SLICE("/api/docs"));
}

static bool has_extension(struct slice path)
{
    for (size_t i = path.len; i != 0 && path.data[i - 1] != '/'; i--)
        if (path.data[i - 1] == '.')
            return true;
    return false;
}

/* A coding named with q=0 is refused; other weights do not matter to us. RFC 9110 section 12.5.3. */
static bool accepts(struct slice header, const char *coding)
{
    size_t len = strlen(coding);
    for (size_t i = 0; i + len <= header.len; i++) {
        bool starts = i == 0 || header.data[i - 1] == ',' || header.data[i - 1] == ' ';
        if (!starts || memcmp(header.data + i, coding, len) != 0)
            continue;
        struct slice rest = slice_skip(header, i + len);
        if (rest.len != 0 && rest.data[0] != ',' && rest.data[0] != ';' && rest.data[0] != ' ')
            continue;
        return !slice_starts_with(rest, SLICE(";q=0")) ||
               (rest.len > 5 && rest.data[4] == '.' && rest.data[5] != '0');
    }
    return false;
}

static bool is_known_to_client(struct slice if_none_match, const char *etag)
{
    return if_none_match.len != 0 &&
           (slice_eq_str(if_none_match, "*") ||
            memmem(if_none_match.data, if_none_match.len, etag, strlen(etag)) != NULL);
}

static void send(const struct asset *asset, const struct http_request *request,
                 struct http_response *response)
{
    response->cache_control = asset->is_immutable ? FOR_EVER : "no-cache";
    response->etag = asset->etag;
    if (is_known_to_client(request->if_none_match, asset->etag)) {
        response->status = 304;
        return;
    }
    response->status = 200;
    response->content_type = asset->content_type;
    response->fixed = asset->plain;
    if (asset->brotli.len != 0 && accepts(request->accept_encoding, "br")) {
        response->fixed = asset->brotli;
        response->content_encoding = "br";
    } else if (asset->gzip.len != 0 && accepts(request->accept_encoding, "gzip")) {
        response->fixed = asset->gzip;
        response->content_encoding = "gzip";
    }
}

static void send_not_built(struct http_response *response)
{
    response->status = 200;
    response->content_type = "text/html; charset=utf-8";
    response->cache_control = "no-cache";
    response->fixed = slice_of(not_built, sizeof not_built - 1);
}

void assets_answer(const struct http_request *request, struct http_response *response)
{
    if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0) {
        memcpy(response->allow, "GET, HEAD", sizeof "GET, HEAD");
        router_error(response, 405, 0, "The page can be read only; expected GET or HEAD");
        return;
    }
    const struct asset *asset = find(request->path);
    if (asset == NULL && !has_extension(request->path)) {
        bool is_docs = is_below(request->path, SLICE("/api/docs"));
        asset = find(is_docs ? SLICE("/api/docs/index.html") : SLICE("/index.html"));
        if (asset == NULL) {
            send_not_built(response);
            return;
        }
    }
    if (asset == NULL)
        router_error(response, 404, 0, "There is nothing at this path");
    else
        send(asset, request, response);
}
