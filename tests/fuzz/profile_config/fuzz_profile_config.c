/* profileData as REST would keep it. */
#include "base/text.h"
#include "model/profile_config.h"
#include "mqtt/topic.h"

static void check_config(const struct profile_config *config)
{
    const struct profile_provision *provision = &config->provision;
    bool is_chain = provision->type == PROVISION_X509_CHAIN;
    CHECK(topic_check_filter(config->telemetry_filter, NULL) == ERR_OK);
    CHECK(topic_check_filter(config->attributes_filter, NULL) == ERR_OK);
    CHECK(topic_check_filter(config->attributes_subscribe_filter, NULL) == ERR_OK);
    CHECK(!slice_eq(config->telemetry_filter, config->attributes_filter));
    CHECK(config->inactivity_timeout_ms >= 0);
    CHECK((provision->name_pattern != NULL) == is_chain && (provision->authority.len != 0) == is_chain);
    CHECK(!is_chain || strlen(provision->key) == 64);
    CHECK(provision->type == PROVISION_DISABLED || is_chain || provision->secret.len != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct profile profile = {.name = "fuzzed", .provision_key = "key"};
    struct profile_config *config = NULL;
    struct problem problem = {0};
    AUTO_BUF text = {0};
    buf_append(&text, data, size);
    buf_append_u8(&text, 0);
    profile.profile_data = (char *)text.data;
    err_t err = profile_config_read(&profile, &config, &problem);
    if (err == ERR_OK)
        check_config(config);
    else
        CHECK(problem.text[0] != '\0' && (err != ERR_INVALID || problem.field[0] != '\0'));
    profile_config_unref(config);
    return 0;
}
