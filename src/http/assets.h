/**
 * @file assets.h - the web page: files embedded in the binary when it was built.
 *
 * scripts/embed-assets turns the folder of the built page (option `page`) into a table of static bytes, each
 * file also compressed where that is smaller. Names with a content hash are cached for ever, index.html is
 * asked for each time (ETag). A path without file extension that is no file is the page's own route and gets
 * index.html. Without a built page there is one small page that says so. Any thread; never blocks.
 *
 * /api/docs is a page of its own: the description of all routes, openapi.json (docs/openapi), which is there even
 * without a built page, and what shows it.
 */
#pragma once

#include "http/message.h"

struct asset {
    const char *path; /* "/assets/index-4f2a.js" */
    const char *content_type;
    const char *etag; /* with quotes */
    bool is_immutable;
    struct slice plain;
    struct slice gzip, brotli; /* empty where not smaller */
};

/* Made by scripts/embed-assets; sorted by path, empty when the page was not built. */
extern const struct asset assets[];
extern const size_t asset_count;

/** Whether a path is the page's rather than a route's: outside /api, or /api/docs and what is below it. */
bool assets_own(struct slice path);

/** Answer a GET for a path that assets_own(). @p response is zeroed by the caller. */
void assets_answer(const struct http_request *request, struct http_response *response);
