#include "http/connectivity.h"

#include "platform.h"
#include "unit.h"

#include <stdio.h>

static void the_host_is_the_one_typed(void **state)
{
    static const struct {
        const char *configured, *header, *host;
    } rows[] = {
        {"", "iot.example:8080", "iot.example"},
        {"", "192.0.2.7", "192.0.2.7"},
        {"", "[2001:db8::1]:8443", "2001:db8::1"},
        {"mqtt.example", "iot.example:8080", "mqtt.example"},
        {"", "", "localhost"},
        {"", "$(reboot)", "localhost"},
        {"", "a b", "localhost"},
        {"", "x;rm -rf /:80", "localhost"},
        {"", "-oProxyCommand=x", "localhost"},
        {"", "--help:80", "localhost"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char host[CONNECTIVITY_HOST_SIZE];
        assert_true(connectivity_host(rows[i].configured, slice_str(rows[i].header), host));
        assert_string_equal(host, rows[i].host);
    }
}

static void the_commands_are_the_documented_ones(void **state)
{
    struct credentials x509 = {.type = CREDENTIALS_X509}, token = {.type = CREDENTIALS_ACCESS_TOKEN};
    struct credentials basic = {.type = CREDENTIALS_MQTT_BASIC};
    char value[] = "{\"clientId\":\"c\",\"userName\":\"u\",\"password\":\"$p\"}";
    basic.value = value;
    strcpy(token.credentials_id, "T\"O`K$E\\N");
    AUTO_BUF text = {0};
    connectivity_command(&text, "HOST", 8883, true, &x509);
    assert_string_equal(buf_cstr(&text),
                        "mosquitto_pub --cafile tb-server-chain.pem -d -q 1 -h HOST -p 8883 -t "
                        "v1/devices/me/telemetry --key key.pem --cert cert.pem -m {\"temperature\":25}");
    buf_clear(&text);
    connectivity_command(&text, "HOST", 1883, false, &token);
    assert_string_equal(buf_cstr(&text), "mosquitto_pub -d -q 1 -h HOST -p 1883 -t v1/devices/me/telemetry "
                                         "-u \"T\\\"O\\`K\\$E\\\\N\" -m \"{temperature:25}\"");
    buf_clear(&text);
    strcpy(token.credentials_id, "it's!1\"$"); /* an interactive shell replaces !1 inside double quotes */
    connectivity_command(&text, "HOST", 1883, false, &token);
    assert_string_equal(buf_cstr(&text), "mosquitto_pub -d -q 1 -h HOST -p 1883 -t v1/devices/me/telemetry "
                                         "-u 'it'\\''s!1\"$' -m \"{temperature:25}\"");
    buf_clear(&text);
    connectivity_command(&text, "HOST", 1883, false, &basic);
    assert_string_equal(buf_cstr(&text), "mosquitto_pub -d -q 1 -h HOST -p 1883 -t v1/devices/me/telemetry "
                                         "-i \"c\" -u \"u\" -P \"\\$p\" -m \"{temperature:25}\"");
}

static void help_is_for_the_listeners_that_are_on(void **state)
{
    static const char *const overrides[] = {"mqtt.listen=127.0.0.1:1884", "mqtt.tls_listen=0.0.0.0:8884",
                                            NULL};
    struct platform platform;
    char id[UUID_TEXT_SIZE], target[128];
    platform_open(&platform, overrides);
    make_device(&platform, "helped", id);
    snprintf(target, sizeof target, "/api/device-connectivity/%s", id);
    {
        AUTO_ANSWER got = ask(&platform, "GET", target, NULL);
        assert_int_equal(got.status, 200);
        assert_non_null(strstr(text_at(got.document, "mqtt.mqtt"), "-h iot.example -p 1884 "));
        assert_string_equal(text_at(got.document, "mqtt.mqtts.0"),
                            "curl -f -S http://iot.example:8080/api/device-connectivity/mqtts/certificate/"
                            "download -o tb-server-chain.pem");
        assert_non_null(strstr(text_at(got.document, "mqtt.mqtts.1"), "-h iot.example -p 8884 "));
        AUTO_ANSWER none =
            ask_with(&platform, NULL, "GET", "/api/device-connectivity/mqtts/certificate/download", NULL);
        assert_int_equal(none.status, 404);
        char path[128];
        snprintf(path, sizeof path, "%s/tb-server-chain.pem", platform.dir);
        FILE *file = fopen(path, "w");
        fputs("-----BEGIN CERTIFICATE-----\n", file);
        fclose(file);
        AUTO_ANSWER chain =
            ask_with(&platform, NULL, "GET", "/api/device-connectivity/mqtts/certificate/download", NULL);
        assert_int_equal(chain.status, 200);
        assert_string_equal(chain.response.file_name, "tb-server-chain.pem");
        assert_int_equal(chain.response.body.len, 28);
    }
    platform_close(&platform);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_host_is_the_one_typed),
        cmocka_unit_test(the_commands_are_the_documented_ones),
        cmocka_unit_test(help_is_for_the_listeners_that_are_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
