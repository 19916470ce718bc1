#include "http/router.h"

#include "base/clock.h"
#include "hub/attributes.h"
#include "hub/profiles.h"
#include "pki/authority.h"
#include "pki/certificate.h"
#include "pki/pem.h"
#include "platform.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#define TEN_YEARS_MS (INT64_C(3660) * 86400000)

static struct platform platform;
static struct identity mine, other, old;

static struct answer post(const json_t *document)
{
    char *body = json_dumps(document, 0);
    struct answer answer = ask(&platform, "POST", "/api/deviceProfile", body);
    free(body);
    return answer;
}

/* The saved document; the caller's. */
static json_t *must_save(json_t *document)
{
    struct answer answer = post(document);
    if (answer.status != 200)
        fail_msg("%u %s", answer.status, text_at(answer.document, "message"));
    json_t *saved = document_take(&answer.document);
    answer_fini(&answer);
    json_decref(document);
    return saved;
}

static json_t *plain(const char *name)
{
    return json_pack("{s:s}", "name", name);
}

static json_t *chain_profile(const char *name, struct identity *authority)
{
    return json_pack("{s:s, s:{s:{s:s, s:s, s:s, s:b}}}", "name", name, "profileData",
                     "provisionConfiguration", "type", "X509_CERTIFICATE_CHAIN", "provisionDeviceSecret",
                     buf_cstr(&authority->certificate), "certificateRegExPattern", "(.*)",
                     "allowCreateNewDevicesByX509Certificate", 1);
}

static struct answer of_profile(const char *method, const json_t *profile, const char *more)
{
    char target[128];
    snprintf(target, sizeof target, "/api/deviceProfile/%s%s", text_at(profile, "id.id"), more);
    return ask(&platform, method, target, NULL);
}

static void assert_refused(struct answer got, unsigned status, const char *sentence)
{
    if (got.status != status || strstr(text_at(got.document, "message"), sentence) == NULL)
        fail_msg("%u %s; expected %u %s", got.status, text_at(got.document, "message"), status, sentence);
    answer_fini(&got);
}

static void add_package(char id[UUID_TEXT_SIZE])
{
    struct ota_package package = {.tenant_id = platform.api.tenant, .type = OTA_FIRMWARE, .title = "t"};
    snprintf(package.package_version, sizeof package.package_version, "1");
    package.url = strdup("https://example.org/1");
    assert_int_equal(registry_ota_add(platform.hub.registry, &package, NULL), ERR_OK);
    uuid_format(&package.id, id);
    ota_package_fini(&package);
}

static void a_saved_profile_is_read_back(void **state)
{
    char package[UUID_TEXT_SIZE];
    add_package(package);
    AUTO_JSON saved = must_save(
        json_pack("{s:s, s:s, s:s, s:s, s:{s:s}, s:{s:{s:s, s:s}, s:[{s:s}]}}", "name", "Plant",
                  "description", "line one\nline two", "transportType", "MQTT", "provisionType", "DISABLED",
                  "firmwareId", "id", package, "profileData", "transportConfiguration", "type", "MQTT",
                  "deviceTelemetryTopic", "plant/+", "alarms", "id", "kept as it is"));
    AUTO_ANSWER got = of_profile("GET", saved, "");
    assert_true(json_equal(got.document, saved));
    assert_string_equal(text_at(saved, "description"), "line one\nline two");
    assert_string_equal(text_at(saved, "transportType"), "MQTT");
    assert_string_equal(text_at(saved, "firmwareId.entityType"), "OTA_PACKAGE");
    assert_true(json_is_null(value_at(saved, "softwareId")));
    assert_string_equal(text_at(saved, "profileData.transportConfiguration.deviceTelemetryTopic"), "plant/+");
    assert_string_equal(text_at(saved, "profileData.transportConfiguration.deviceAttributesTopic"),
                        "v1/devices/me/attributes");
    assert_string_equal(text_at(saved, "profileData.provisionConfiguration.type"), "DISABLED");
    assert_string_equal(text_at(saved, "profileData.alarms.0.id"), "kept as it is");
    assert_int_equal(json_integer_value(value_at(saved, "version")), 1);
}

static void an_update_replaces_the_whole_and_needs_the_version(void **state)
{
    AUTO_JSON saved = must_save(json_pack("{s:s, s:s, s:s}", "name", "Old name", "description", "gone soon",
                                          "provisionDeviceKey", "kept by no strategy"));
    AUTO_JSON changed = json_deep_copy(saved);
    json_object_del(changed, "description");
    json_object_set_new(changed, "name", json_string("New name"));
    changed = must_save(document_take(&changed));
    assert_true(json_is_null(value_at(changed, "description")));
    assert_string_equal(text_at(changed, "provisionDeviceKey"), "kept by no strategy");
    assert_int_equal(json_integer_value(value_at(changed, "version")), 2);
    AUTO_ANSWER late = post(saved);
    assert_int_equal(late.status, 409);
    assert_int_equal(late.code, 35);
    json_object_set_new(saved, "id", json_string("11111111-2222-4333-8444-555555555555"));
    assert_refused(post(saved), 404, "");
}

static void the_cache_follows_each_save(void **state)
{
    struct uuid id;
    struct profile_config *config = NULL;
    AUTO_JSON saved = must_save(plain("Cached"));
    assert_true(uuid_parse(slice_str(text_at(saved, "id.id")), &id));
    assert_int_equal(profiles_get(&platform.hub, &id, &config, NULL), ERR_OK);
    assert_int_equal(config->inactivity_timeout_ms, 0);
    profile_config_unref(config);
    json_t *data = value_at(saved, "profileData.configuration");
    json_object_set_new(data, "inactivityTimeout", json_integer(60000));
    saved = must_save(document_take(&saved));
    assert_int_equal(profiles_get(&platform.hub, &id, &config, NULL), ERR_OK);
    assert_int_equal(config->inactivity_timeout_ms, 60000);
    profile_config_unref(config);
    AUTO_ANSWER gone = of_profile("DELETE", saved, "");
    assert_int_equal(gone.status, 200);
    assert_int_equal(profiles_get(&platform.hub, &id, &config, NULL), ERR_NOT_FOUND);
}

static void an_authority_becomes_the_key(void **state)
{
    struct pem_chain chain;
    struct certificate_view view = {0};
    struct profile found = {0};
    assert_int_equal(pem_read_certificates(buf_slice(&mine.certificate), &chain, NULL), ERR_OK);
    assert_int_equal(certificate_view_read(buf_slice(&chain.der[0]), &view, NULL), ERR_OK);
    AUTO_JSON saved = must_save(chain_profile("Chain", &mine));
    assert_string_equal(text_at(saved, "provisionType"), "X509_CERTIFICATE_CHAIN");
    assert_string_equal(text_at(saved, "provisionDeviceKey"), view.fingerprint_hex);
    assert_string_equal(text_at(saved, "profileData.provisionConfiguration.provisionDeviceSecret"),
                        buf_cstr(&view.base64));
    assert_int_equal(registry_profile_by_provision_key(platform.hub.registry, slice_str(view.fingerprint_hex),
                                                       &found, NULL),
                     ERR_OK);
    profile_fini(&found);
    saved = must_save(document_take(&saved)); /* what was read may be saved again */
    assert_string_equal(text_at(saved, "provisionDeviceKey"), view.fingerprint_hex);
    AUTO_JSON second = chain_profile("Chain 2", &mine);
    assert_refused(post(second), 400, "Device profile with such certificate already exists!");
    certificate_view_fini(&view);
    pem_chain_fini(&chain);
}

/* Saved when it was valid: the profile can still be renamed, but no other one that has expired can come in. */
static void an_expired_authority_may_stay_but_not_come(void **state)
{
    AUTO_JSON data = chain_profile("Once valid", &old);
    assert_refused(post(data), 400, "expired");
    struct profile profile = {.tenant_id = platform.api.tenant, .name = "Once valid"};
    profile.provision_type = PROVISION_X509_CHAIN;
    profile.profile_data = json_dumps(json_object_get(data, "profileData"), 0);
    struct profile_config *config = NULL;
    assert_int_equal(profile_config_read(&profile, &config, NULL), ERR_OK);
    memcpy(profile.provision_key, config->provision.key, sizeof profile.provision_key);
    profile_config_unref(config);
    assert_int_equal(registry_profile_add(platform.hub.registry, &profile, NULL), ERR_OK);
    char id[UUID_TEXT_SIZE];
    uuid_format(&profile.id, id);
    profile_fini(&profile);
    json_object_set_new(data, "id", json_string(id));
    json_object_set_new(data, "name", json_string("Renamed"));
    AUTO_JSON saved = must_save(document_take(&data));
    assert_string_equal(text_at(saved, "name"), "Renamed");
    data = chain_profile("Renamed", &other);
    json_object_set_new(data, "id", json_string(id));
    json_decref(must_save(document_take(&data)));
    data = chain_profile("Renamed", &old);
    json_object_set_new(data, "id", json_string(id));
    assert_refused(post(data), 400, "expired");
}

static void packages_must_be_there(void **state)
{
    AUTO_JSON profile = json_pack("{s:s, s:{s:s}}", "name", "No such firmware", "firmwareId", "id",
                                  "11111111-2222-4333-8444-555555555555");
    assert_refused(post(profile), 400, "firmware");
}

static void used_and_default_profiles_stay(void **state)
{
    char body[512], id[UUID_TEXT_SIZE];
    AUTO_JSON profile = must_save(plain("Used"));
    snprintf(body, sizeof body, "{\"name\":\"user of it\",\"deviceProfileId\":{\"id\":\"%s\"}}",
             text_at(profile, "id.id"));
    AUTO_ANSWER device = ask(&platform, "POST", "/api/device", body);
    assert_int_equal(device.status, 200);
    assert_refused(of_profile("DELETE", profile, ""), 400, "referenced by the devices");
    AUTO_ANSWER preset = ask(&platform, "GET", "/api/deviceProfileInfo/default", NULL);
    AUTO_ANSWER chosen = of_profile("POST", profile, "/default");
    assert_true(json_is_true(value_at(chosen.document, "default")));
    AUTO_ANSWER info = ask(&platform, "GET", "/api/deviceProfileInfo/default", NULL);
    assert_string_equal(text_at(info.document, "name"), "Used");
    make_device(&platform, "gets the default", id);
    AUTO_ANSWER back = of_profile("POST", preset.document, "/default");
    assert_int_equal(back.status, 200);
    assert_refused(of_profile("DELETE", preset.document, ""), 400, "Default Device Profile");
}

static uint64_t add_device(const struct uuid *profile, unsigned number)
{
    struct device device = {.tenant_id = platform.api.tenant, .profile_id = *profile};
    struct credentials credentials = {.type = CREDENTIALS_ACCESS_TOKEN};
    snprintf(device.name, sizeof device.name, "one of many %u", number);
    snprintf(credentials.credentials_id, sizeof credentials.credentials_id, "many %u", number);
    assert_int_equal(registry_device_add(platform.hub.registry, &device, &credentials, NULL), ERR_OK);
    return device.number;
}

static void keys_are_those_of_the_newest_devices(void **state)
{
    enum { LOOKED_AT = 1000 };
    char target[160];
    struct uuid id;
    uint64_t oldest, newest = 0;
    AUTO_JSON profile = must_save(plain("Many"));
    assert_true(uuid_parse(slice_str(text_at(profile, "id.id")), &id));
    oldest = add_device(&id, 0);
    for (unsigned i = 1; i < LOOKED_AT; i++)
        newest = add_device(&id, i);
    assert_int_equal(attributes_save(&platform.hub, &oldest, 1, SCOPE_SERVER, SLICE("{\"oldest\":1}"), NULL),
                     ERR_OK);
    assert_int_equal(attributes_save(&platform.hub, &newest, 1, SCOPE_SHARED, SLICE("{\"newest\":1}"), NULL),
                     ERR_OK);
    snprintf(target, sizeof target, "/api/deviceProfile/devices/keys/attributes?deviceProfileId=%s",
             text_at(profile, "id.id"));
    AUTO_ANSWER both = ask(&platform, "GET", target, NULL);
    assert_int_equal(json_array_size(both.document), 2);
    assert_string_equal(text_at(both.document, "0"), "newest");
    assert_string_equal(text_at(both.document, "1"), "oldest");
    add_device(&id, LOOKED_AT);
    AUTO_ANSWER one = ask(&platform, "GET", target, NULL);
    assert_int_equal(json_array_size(one.document), 1);
    assert_string_equal(text_at(one.document, "0"), "newest");
}

static int open_platform(void **state)
{
    int64_t now = clock_wall_ms();
    platform_open(&platform, NULL);
    assert_int_equal(authority_make("mine", now, &mine, NULL), ERR_OK);
    assert_int_equal(authority_make("other", now, &other, NULL), ERR_OK);
    return authority_make("old", now - TEN_YEARS_MS, &old, NULL) == ERR_OK ? 0 : -1;
}

static int close_platform(void **state)
{
    identity_fini(&mine);
    identity_fini(&other);
    identity_fini(&old);
    platform_close(&platform);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_saved_profile_is_read_back),
        cmocka_unit_test(an_update_replaces_the_whole_and_needs_the_version),
        cmocka_unit_test(the_cache_follows_each_save),
        cmocka_unit_test(an_authority_becomes_the_key),
        cmocka_unit_test(an_expired_authority_may_stay_but_not_come),
        cmocka_unit_test(packages_must_be_there),
        cmocka_unit_test(used_and_default_profiles_stay),
        cmocka_unit_test(keys_are_those_of_the_newest_devices),
    };
    return cmocka_run_group_tests(tests, open_platform, close_platform);
}
