#include "config/settings.h"
#include "unit.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct problem problem;

static err_t read_ini(const char *ini, struct settings *ret)
{
    problem = (struct problem){0};
    const struct settings_sources sources = {.ini = slice_str(ini), .ini_name = "/d/postern.ini"};
    return settings_read(&sources, ret, &problem);
}

static void assert_refused(const char *ini, const char *field, const char *sentence)
{
    struct settings s = {.mqtt.max_packet = 42};
    assert_int_equal(read_ini(ini, &s), ERR_INVALID);
    assert_string_equal(problem.field, field);
    if (strstr(problem.text, sentence) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", sentence, problem.text);
    assert_int_equal(s.mqtt.max_packet, 42);
}

static void defaults_are_those_of_the_table(void **state)
{
    struct settings s;
    assert_int_equal(read_ini("", &s), ERR_OK);
    assert_string_equal(s.mqtt.tls_listen.host, "0.0.0.0");
    assert_int_equal(s.mqtt.tls_listen.port, 8883);
    assert_false(s.mqtt.listen.is_on);
    assert_int_equal(s.mqtt.max_packet, 256 * 1024);
    assert_int_equal(s.mqtt.max_topic, 1024);
    assert_int_equal(s.tls.records, SETTINGS_TLS_RECORDS_OWN);
    assert_int_equal(s.tls.min_version, SETTINGS_TLS_1_2);
    assert_true(s.tls.tickets);
    assert_int_equal(s.log.level, LOG_INFO);
    assert_int_equal(s.log.format, LOG_FORMAT_AUTO);
    assert_string_equal(s.http.public_host, "");
    settings_fini(&s);
}

static void every_form_of_a_line_is_read(void **state)
{
    struct settings s;
    assert_int_equal(
        read_ini("\xef\xbb\xbf# comment\r\n\r\n[mqtt]\r\n"
                 "  max_packet = 1 MiB ; with a comment\r\n"
                 "max_payload=65KiB\n\tmax_topic: 2048\n"
                 "listen = [::1]:1883\n[tls]\nrecords = Library\nmin_version=1.3\ntickets = OFF\n"
                 "certificate = /a b/c.pem\nkey = /k.pem\n[log]\nlevel = error",
                 &s),
        ERR_OK);
    assert_int_equal(s.mqtt.max_packet, 1 << 20);
    assert_int_equal(s.mqtt.max_payload, 65 * 1024);
    assert_int_equal(s.mqtt.max_topic, 2048);
    assert_string_equal(s.mqtt.listen.host, "::1");
    assert_int_equal(s.tls.records, SETTINGS_TLS_RECORDS_LIBRARY);
    assert_int_equal(s.tls.min_version, SETTINGS_TLS_1_3);
    assert_false(s.tls.tickets);
    assert_string_equal(s.tls.certificate, "/a b/c.pem");
    assert_int_equal(s.log.level, LOG_ERROR);
    settings_fini(&s);
}

static void a_mistake_names_file_line_setting_and_expectation(void **state)
{
    assert_refused(
        "[mqtt]\n\nmax_inflight = 0\n", "mqtt.max_inflight",
        "/d/postern.ini line 3: mqtt.max_inflight is \"0\"; expected a whole number from 1 to 65535");
    assert_refused("[mqtt]\nmax_packet = 2 GiB\n", "mqtt.max_packet", "expected bytes from 256 to 256 MiB");
    assert_refused("[mqtt]\nmax_packet = 17592186044416 MiB\n", "mqtt.max_packet", "expected");
    assert_refused("[mqtt]\nmax_packet = KiB\n", "mqtt.max_packet", "expected");
    assert_refused("[mqtt]\nmax_packet =\n", "mqtt.max_packet", "is \"\"; expected");
    assert_refused("[mqtt]\nlisten = 1883\n", "mqtt.listen", "expected host:port");
    assert_refused("[tls]\nrecords = mine\n", "tls.records", "expected one of own, library");
    assert_refused("[tls]\nrecords = own|library\n", "tls.records", "expected one of own, library");
    assert_refused("[tls]\ntickets = 2\n", "tls.tickets", "expected true or false");
    assert_refused("[http]\npublic_host = a b\n", "http.public_host", "expected a host name");
    assert_refused("[mqtt]\nmax_inflight = 1 2\x01\n", "mqtt.max_inflight", "is \"1 2?\"");
}

static void unknown_and_repeated_names_are_mistakes(void **state)
{
    assert_refused("[mqtt]\nmax_paket = 1\n", "mqtt.max_paket", "line 2: unknown setting \"mqtt.max_paket\"");
    assert_refused("max_packet = 1024\n", "max_packet", "line 1: unknown setting");
    assert_refused("[mqtt]\nmax_inflight=1\n max_inflight=2\n", "mqtt.max_inflight",
                   "line 3: mqtt.max_inflight is set already in line 2");
}

static void lines_that_are_no_settings_are_mistakes(void **state)
{
    assert_refused("[mqtt]\nlisten\n", "", "line 2: expected [section], name = value or # comment");
    assert_refused("[mqtt\n", "", "line 1: expected [section]");
    assert_refused("[mqtt]\nlisten\nmax_inflight = 0\n", "", "line 2: expected [section]");
    char line[400] = "[tls]\nkey = /";
    memset(line + 13, 'k', 300);
    assert_refused(line, "", "line 2: too long");
    line[6] = '#';
    struct settings s;
    assert_int_equal(read_ini(line, &s), ERR_OK);
    settings_fini(&s);

    const struct settings_sources nul = {.ini = SLICE("[mqtt]\nmax_inflight = 7\0 8\n")};
    assert_int_equal(settings_read(&nul, &s, &problem), ERR_INVALID);
    assert_non_null(strstr(problem.text, "postern.ini line 2: holds a NUL byte"));
}

static void certificate_and_key_go_together(void **state)
{
    assert_refused("[tls]\ncertificate = /c.pem\n", "tls.key", "tls.certificate is set, but tls.key is not");
    assert_refused("[tls]\nkey = /k.pem\n", "tls.certificate", "expected both or none");
}

static void environment_goes_before_the_file_and_set_before_both(void **state)
{
    const char *environment[] = {"PATH=/bin",
                                 "POSTERN_MQTT_MAX_INFLIGHT=2",
                                 "POSTERN_MQTT_MAX_QUEUED=2",
                                 "POSTERN_HOME=/x",
                                 "POSTERN_=1",
                                 NULL};
    const char *overrides[] = {"mqtt.max_queued = 3", "http.listen=", "mqtt.max_queued=4"};
    struct settings_sources sources = {
        .ini = SLICE("[mqtt]\nmax_inflight=1\nmax_queued=1\nmax_subscriptions=1\n"),
        .environment = environment,
        .overrides = overrides,
        .override_count = 3,
    };
    struct settings s;
    assert_int_equal(settings_read(&sources, &s, NULL), ERR_OK);
    assert_int_equal(s.mqtt.max_subscriptions, 1);
    assert_int_equal(s.mqtt.max_inflight, 2);
    assert_int_equal(s.mqtt.max_queued, 4);
    assert_false(s.http.listen.is_on);
    settings_fini(&s);
}

static void mistakes_outside_the_file_name_their_place(void **state)
{
    const char *environment[] = {"POSTERN_MQTT_MAX_INFLIGHT=x", NULL};
    const char *unknown[] = {"POSTERN_MQTT_NOTHING=1", NULL};
    const char *overrides[] = {"mqtt.max_queued"}, *wrong[] = {"mqtt.max_queued=-1"};
    struct settings_sources sources = {.environment = environment};
    struct settings s;
    assert_int_equal(settings_read(&sources, &s, &problem), ERR_INVALID);
    assert_non_null(
        strstr(problem.text, "environment variable POSTERN_MQTT_MAX_INFLIGHT: mqtt.max_inflight is"));
    sources.environment = unknown;
    assert_int_equal(settings_read(&sources, &s, &problem), ERR_INVALID);
    assert_non_null(strstr(problem.text, "unknown setting \"mqtt.nothing\""));
    sources = (struct settings_sources){.overrides = overrides, .override_count = 1};
    assert_int_equal(settings_read(&sources, &s, &problem), ERR_INVALID);
    assert_non_null(strstr(problem.text, "expected section.name=value"));
    sources.overrides = wrong;
    assert_int_equal(settings_read(&sources, &s, &problem), ERR_INVALID);
    assert_non_null(strstr(problem.text, "--set: mqtt.max_queued is \"-1\"; expected a whole number from 0"));
}

/* Remove the # of every line "#name = value". */
static void uncomment(char *text)
{
    for (char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (line[0] == '#' && line[1] != ' ')
            line[0] = ' ';
        if (*line == '\0')
            break;
    }
}

static void count_difference(void *arg, const char *name, bool is_reloadable)
{
    size_t *count = arg;
    ++*count;
    print_message("differs: %s\n", name);
}

static void the_default_file_says_the_defaults(void **state)
{
    char *text = NULL;
    size_t size, differences = 0;
    FILE *file = open_memstream(&text, &size);
    settings_write_default(file);
    assert_int_equal(fclose(file), 0);
    struct settings a, b;
    assert_int_equal(read_ini("", &a), ERR_OK);
    assert_int_equal(read_ini(text, &b), ERR_OK);
    settings_compare(&a, &b, count_difference, &differences);
    settings_fini(&b);
    uncomment(text);
    assert_non_null(strstr(text, "\n tls_listen = 0.0.0.0:8883\n"));
    if (read_ini(text, &b) != ERR_OK)
        fail_msg("%s", problem.text);
    settings_compare(&a, &b, count_difference, &differences);
    assert_int_equal(differences, 0);
    settings_fini(&a);
    settings_fini(&b);
    free(text);
}

static void note_change(void *arg, const char *name, bool is_reloadable)
{
    char *out = arg;
    size_t len = strlen(out);
    snprintf(out + len, 256 - len, "%s%s ", name, is_reloadable ? "(reload)" : "");
}

static void changes_are_told_with_what_they_need(void **state)
{
    struct settings a, b;
    char changes[256] = "";
    assert_int_equal(read_ini("", &a), ERR_OK);
    assert_int_equal(read_ini("[mqtt]\nlisten=localhost:1\nmax_queued=7\n[tls]\ncertificate=c\nkey=k\n"
                              "tickets=no\n[log]\nlevel=debug\n",
                              &b),
                     ERR_OK);
    settings_compare(&a, &b, note_change, changes);
    assert_string_equal(changes,
                        "mqtt.listen mqtt.max_queued tls.certificate tls.key tls.tickets log.level(reload) ");
    settings_fini(&a);
    settings_fini(&b);
}

static void the_listing_names_every_setting(void **state)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    settings_describe(file);
    assert_int_equal(fclose(file), 0);
    assert_non_null(strstr(text, "mqtt.tls_listen"));
    assert_non_null(strstr(text, "Default: 256 KiB. Expected: bytes from 256 to 256 MiB, such as 256 KiB"));
    assert_non_null(strstr(text, "taken over on SIGHUP"));
    assert_non_null(strstr(text, "log.format"));
    free(text);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void the_directory_is_loaded(void **state)
{
    char dir[] = "/tmp/postern-settings-XXXXXX", path[64];
    struct settings s;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/postern.ini", dir);
    assert_int_equal(settings_load(dir, NULL, 0, &s, &problem), ERR_OK); /* no file: all defaults */
    settings_fini(&s);
    write_file(path, "[mqtt]\nmax_queued = 9\n");
    assert_int_equal(setenv("POSTERN_MQTT_MAX_INFLIGHT", "5", 1), 0);
    const char *overrides[] = {"net.reactors=2"};
    assert_int_equal(settings_load(dir, overrides, 1, &s, &problem), ERR_OK);
    assert_int_equal(unsetenv("POSTERN_MQTT_MAX_INFLIGHT"), 0);
    assert_int_equal(s.mqtt.max_queued, 9);
    assert_int_equal(s.mqtt.max_inflight, 5);
    assert_int_equal(s.net.reactors, 2);
    settings_fini(&s);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(settings_load(dir, NULL, 0, &s, &problem), ERR_IO);
    assert_non_null(strstr(problem.text, path));
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(dir), 0);
}

static void a_huge_file_is_refused(void **state)
{
    size_t len = (1 << 20) + 1;
    char *text = malloc(len);
    assert_non_null(text);
    memset(text, '\n', len);
    const struct settings_sources sources = {.ini = slice_of(text, len)};
    struct settings s;
    assert_int_equal(settings_read(&sources, &s, &problem), ERR_LIMIT);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_table),
        cmocka_unit_test(every_form_of_a_line_is_read),
        cmocka_unit_test(a_mistake_names_file_line_setting_and_expectation),
        cmocka_unit_test(unknown_and_repeated_names_are_mistakes),
        cmocka_unit_test(lines_that_are_no_settings_are_mistakes),
        cmocka_unit_test(certificate_and_key_go_together),
        cmocka_unit_test(environment_goes_before_the_file_and_set_before_both),
        cmocka_unit_test(mistakes_outside_the_file_name_their_place),
        cmocka_unit_test(the_default_file_says_the_defaults),
        cmocka_unit_test(changes_are_told_with_what_they_need),
        cmocka_unit_test(the_listing_names_every_setting),
        cmocka_unit_test(the_directory_is_loaded),
        cmocka_unit_test(a_huge_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
