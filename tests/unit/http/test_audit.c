/* Which routes the audit log knows, and the cells of its export. */
#include "http/audit.h"
#include "http/csv_cells.h"
#include "platform.h"
#include "unit.h"

/* What is no GET and yet puts nothing down, and why. Routes of devices (ACCESS_DEVICE) are data, and not listed here. */
static const struct {
    const char *method, *pattern, *why;
} silent[] = {
    {"POST", "/api/auth/token", "a login goes on; its beginning and end are put down"},
    {"POST", "/api/v1/provision", "a device's: hub/provision.c puts it down, over MQTT and HTTP alike"},
    {"POST", "/api/plugins/telemetry/{entityType}/{entityId}/timeseries/{scope}", "telemetry is data"},
    {"POST", "/api/plugins/telemetry/{entityType}/{entityId}/timeseries/{scope}/{ttl}", "telemetry is data"},
    {"POST", "/api/postern/certificate/inspect", "reads what was sent, changes nothing"},
    {"POST", "/api/postern/deviceProfile/tryNamePattern", "tries what was sent, changes nothing"},
    {"POST", "/api/postern/devices/actions", "each device that it changes has an entry of its own"},
    {"POST", "/api/postern/forwarding/{forwardingId}/test", "sends a test, changes nothing"},
};
enum { SILENT = sizeof silent / sizeof silent[0] };

static bool is_silent(const struct route *route)
{
    for (size_t i = 0; i < SILENT; i++)
        if (strcmp(silent[i].method, route->method) == 0 && strcmp(silent[i].pattern, route->pattern) == 0)
            return true;
    return false;
}

static void what_changes_something_is_put_down_or_explained(void **state)
{
    size_t found = 0;
    for (size_t i = 0; i < route_count; i++) {
        const struct route *route = &routes[i];
        bool is_put_down = route->audit.entity != NULL;
        if (is_silent(route) && is_put_down)
            fail_msg("%s %s is put down, and listed as silent", route->method, route->pattern);
        found += is_silent(route);
        if (strcmp(route->method, "GET") == 0 || route->access == ACCESS_DEVICE || is_silent(route))
            continue;
        if (!is_put_down)
            fail_msg("%s %s changes something, and the audit log is not told", route->method, route->pattern);
    }
    assert_int_equal(found, SILENT);
}

static size_t count_parts(const char *pattern)
{
    size_t n = 0;
    for (; *pattern != '\0'; pattern++)
        n += *pattern == '{';
    return n;
}

static void what_is_put_down_can_be(void **state)
{
    for (size_t i = 0; i < route_count; i++) {
        const struct route_audit *audit = &routes[i].audit;
        if (audit->entity == NULL)
            continue;
        assert_non_null(audit->action);
        assert_true(strlen(audit->action) < AUDIT_WORD_SIZE && strlen(audit->entity) < AUDIT_WORD_SIZE);
        assert_true(audit->subject >= AUDIT_HANDLER &&
                    (audit->subject < 0 || (size_t)audit->subject < count_parts(routes[i].pattern)));
        assert_int_not_equal(routes[i].access, ACCESS_DEVICE);
    }
}

static void cells_are_quoted_and_no_formulas(void **state)
{
    AUTO_BUF out = {0};
    csv_cell_put(&out, "say \"hi\", there\nplease");
    csv_cell_put(&out, "=1+1");
    csv_cell_put(&out, "@x");
    csv_cell_put_time(&out, 0);
    csv_row_end(&out);
    csv_cell_put_time(&out, 1500000000123);
    csv_row_end(&out);
    assert_string_equal(buf_cstr(&out), "\"say \"\"hi\"\", there\nplease\",\"'=1+1\",\"'@x\",\"\"\r\n"
                                        "\"2017-07-14T02:40:00Z\"\r\n");
}

static void data_that_does_not_fit_is_left_out(void **state)
{
    struct audit_entry entry = {0};
    char longer[AUDIT_DATA_SIZE + 1] = {0};
    memset(longer, 'x', AUDIT_DATA_SIZE);
    AUTO_JSON small = json_pack("{s:s}", "a", "b");
    AUTO_JSON large = json_pack("{s:s}", "a", longer);
    audit_log_set_data(&entry, small);
    assert_string_equal(entry.data, "{\"a\":\"b\"}");
    audit_log_set_data(&entry, large);
    assert_string_equal(entry.data, "{}");
    audit_log_set_data(&entry, NULL);
    assert_string_equal(entry.data, "{}");
}

static void texts_are_cut_at_a_character(void **state)
{
    char out[4];
    audit_log_text(out, sizeof out, "ab\xc3\xa4");
    assert_string_equal(out, "ab");
    audit_log_text(out, sizeof out, "abc");
    assert_string_equal(out, "abc");
    audit_log_text(out, sizeof out, NULL);
    assert_string_equal(out, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_changes_something_is_put_down_or_explained),
        cmocka_unit_test(what_is_put_down_can_be),
        cmocka_unit_test(cells_are_quoted_and_no_formulas),
        cmocka_unit_test(data_that_does_not_fit_is_left_out),
        cmocka_unit_test(texts_are_cut_at_a_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
