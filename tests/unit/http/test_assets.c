/* Against the files of page/, embedded by scripts/embed-assets in place of the real page's. */
#include "http/assets.h"

#include "unit.h"

static struct http_response get(const char *path, const char *accept_encoding, const char *if_none_match)
{
    struct http_request request = {.method = "GET", .path = slice_str(path)};
    struct http_response response = {0};
    request.accept_encoding = slice_str(accept_encoding);
    request.if_none_match = slice_str(if_none_match);
    assets_answer(&request, &response);
    return response;
}

static void files_come_with_type_and_caching(void **state)
{
    struct http_response js = get("/assets/index-BxYz1234.js", "", "");
    assert_int_equal(js.status, 200);
    assert_string_equal(js.content_type, "text/javascript; charset=utf-8");
    assert_non_null(strstr(js.cache_control, "immutable"));
    assert_null(js.content_encoding);
    assert_memory_equal(js.fixed.data, "console.log('line 1 ", 20);
    struct http_response index = get("/index.html", "", "");
    assert_string_equal(index.cache_control, "no-cache");
    assert_memory_equal(index.fixed.data, "<!doctype html>", 15);
}

static void routes_of_the_page_get_its_index(void **state)
{
    static const char *const paths[] = {"/", "/login", "/devices/11111111-2222-4333-8444-555555555555",
                                        "/a/b/"};
    struct http_response index = get("/index.html", "", "");
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct http_response got = get(paths[i], "", "");
        assert_int_equal(got.status, 200);
        assert_ptr_equal(got.fixed.data, index.fixed.data);
    }
    static const char *const missing[] = {"/favicon.png", "/assets/old-12345678.js", "/../index.html",
                                          "/index.htm"};
    for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++) {
        struct http_response got = get(missing[i], "", "");
        assert_int_equal(got.status, 404);
        http_response_fini(&got);
    }
}

static void the_description_of_the_api_is_a_page_of_its_own(void **state)
{
    static const char *const paths[] = {"/api/docs", "/api/docs/", "/api/docs/Devices"};
    struct http_response index = get("/api/docs/index.html", "", "");
    assert_int_equal(index.status, 200);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct http_response got = get(paths[i], "", "");
        assert_int_equal(got.status, 200);
        assert_ptr_equal(got.fixed.data, index.fixed.data);
    }
    struct http_response added = get("/api/docs/added.json", "", "");
    assert_string_equal(added.content_type, "application/json");
    struct http_response missing = get("/api/docs/other.json", "", "");
    assert_int_equal(missing.status, 404);
    http_response_fini(&missing);
}

static void all_but_the_api_is_the_pages(void **state)
{
    static const struct {
        const char *path;
        bool is_pages;
    } rows[] = {
        {"/", true},         {"/login", true},           {"/apis", true},
        {"/api", false},     {"/api/", false},           {"/api/device", false},
        {"/api/docs", true}, {"/api/docs/a.json", true}, {"/api/docset", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(assets_own(slice_str(rows[i].path)), rows[i].is_pages);
}

static void the_smallest_form_the_client_takes_is_sent(void **state)
{
    static const struct {
        const char *accept, *coding;
    } rows[] = {
        {"gzip, deflate, br", "br"}, {"gzip", "gzip"},        {"deflate", NULL},
        {"br;q=0, gzip", "gzip"},    {"gzip;q=0.5", "gzip"},  {"gzip;q=0", NULL},
        {"gzip;q=0.0", NULL},        {"x-gzip, bread", NULL}, {"", NULL},
    };
    struct http_response plain = get("/assets/index-BxYz1234.js", "", "");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct http_response got = get("/assets/index-BxYz1234.js", rows[i].accept, "");
        if (rows[i].coding == NULL)
            assert_null(got.content_encoding);
        else
            assert_string_equal(got.content_encoding, rows[i].coding);
        assert_int_equal(got.fixed.len < plain.fixed.len, rows[i].coding != NULL);
    }
    struct http_response tiny = get("/robots.txt", "gzip, br", ""); /* would not get smaller */
    assert_null(tiny.content_encoding);
    assert_memory_equal(tiny.fixed.data, "tiny", 4);
}

static void a_known_file_is_not_sent_again(void **state)
{
    struct http_response first = get("/", "", "");
    struct http_response again = get("/", "", first.etag);
    assert_int_equal(again.status, 304);
    assert_int_equal(again.fixed.len, 0);
    assert_string_equal(again.etag, first.etag);
    struct http_response other = get("/", "", "\"0\"");
    assert_int_equal(other.status, 200);
}

static void the_page_is_read_only(void **state)
{
    struct http_request request = {.method = "POST", .path = SLICE("/")};
    struct http_response response = {0};
    assets_answer(&request, &response);
    assert_int_equal(response.status, 405);
    assert_string_equal(response.allow, "GET, HEAD");
    http_response_fini(&response);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_come_with_type_and_caching),
        cmocka_unit_test(routes_of_the_page_get_its_index),
        cmocka_unit_test(the_description_of_the_api_is_a_page_of_its_own),
        cmocka_unit_test(all_but_the_api_is_the_pages),
        cmocka_unit_test(the_smallest_form_the_client_takes_is_sent),
        cmocka_unit_test(a_known_file_is_not_sent_again),
        cmocka_unit_test(the_page_is_read_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
