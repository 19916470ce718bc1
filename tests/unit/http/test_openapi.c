/* The document that the server serves and its table of routes say the same. */
#include "http/router.h"

#include "platform.h"
#include "unit.h"

#include <ctype.h>

static struct platform platform;

static const char *const access_names[] = {
    [ACCESS_ANYONE] = "ANYONE", [ACCESS_USER] = "USER",     [ACCESS_SYS] = "SYS",
    [ACCESS_ADMIN] = "ADMIN",   [ACCESS_TENANT] = "TENANT", [ACCESS_CUSTOMER] = "CUSTOMER",
    [ACCESS_PEOPLE] = "PEOPLE", [ACCESS_READ] = "READ",     [ACCESS_WRITE] = "WRITE",
    [ACCESS_DEVICE] = "DEVICE",
};
static const char *const area_names[] = {
    [AREA_NONE] = "NONE",           [AREA_ANY] = "ANY", [AREA_DEVICES] = "DEVICES",
    [AREA_TELEMETRY] = "TELEMETRY", [AREA_RPC] = "RPC", [AREA_ADMIN] = "ADMIN",
};

static const json_t *operation_of(const json_t *paths, const struct route *route)
{
    char method[16] = "";
    for (size_t i = 0; route->method[i] != '\0'; i++)
        method[i] = (char)tolower((unsigned char)route->method[i]);
    return json_object_get(json_object_get(paths, route->pattern), method);
}

static struct answer get_document(void)
{
    struct answer got = ask_with(&platform, NULL, "GET", "/api/docs/openapi.json", NULL);
    assert_int_equal(got.status, 200);
    assert_string_equal(text_at(got.document, "openapi"), "3.1.0");
    assert_string_equal(json_string_value(value_at(got.document, "info.version")), POSTERN_VERSION);
    return got;
}

static void every_route_is_described_with_who_may_call_it(void **state)
{
    AUTO_ANSWER got = get_document();
    for (size_t i = 0; i < route_count; i++) {
        const struct route *route = &routes[i];
        const json_t *operation = operation_of(value_at(got.document, "paths"), route);
        if (operation == NULL)
            fail_msg("%s %s is not in docs/openapi", route->method, route->pattern);
        if (strcmp(text_at(operation, "x-postern-access"), access_names[route->access]) != 0 ||
            strcmp(text_at(operation, "x-postern-area"), area_names[route->area]) != 0)
            fail_msg("%s %s: access %s and area %s in docs/openapi; expected %s and %s", route->method,
                     route->pattern, text_at(operation, "x-postern-access"),
                     text_at(operation, "x-postern-area"), access_names[route->access],
                     area_names[route->area]);
    }
}

static void every_operation_is_a_route(void **state)
{
    AUTO_ANSWER got = get_document();
    const char *path;
    json_t *methods;
    size_t count = 0;
    json_object_foreach(value_at(got.document, "paths"), path, methods) count += json_object_size(methods);
    assert_int_equal(count, route_count); /* each route has one: see above */
}

static void bodies_are_described_where_routes_take_them(void **state)
{
    AUTO_ANSWER got = get_document();
    for (size_t i = 0; i < route_count; i++) {
        const json_t *operation = operation_of(value_at(got.document, "paths"), &routes[i]);
        bool has_body = json_object_get(operation, "requestBody") != NULL;
        if (has_body != (routes[i].body != BODY_NONE))
            fail_msg("%s %s: %s body in docs/openapi", routes[i].method, routes[i].pattern,
                     has_body ? "a" : "no");
    }
}

static int open_platform(void **state)
{
    platform_open(&platform, NULL);
    return 0;
}

static int close_platform(void **state)
{
    platform_close(&platform);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_is_described_with_who_may_call_it),
        cmocka_unit_test(every_operation_is_a_route),
        cmocka_unit_test(bodies_are_described_where_routes_take_them),
    };
    return cmocka_run_group_tests(tests, open_platform, close_platform);
}
