#include "hub/topics.h"

#include "base/text.h"

#include <stdio.h>

static const struct {
    const char *name;
    enum device_topic topic;
    enum topic_form form;
} publish_topics[] = {
    {"v1/devices/me/telemetry", TOPIC_TELEMETRY, FORM_LONG},
    {"v2/t", TOPIC_TELEMETRY, FORM_SHORT},
    {"v2/t/j", TOPIC_TELEMETRY, FORM_SHORT_JSON},
    {"v1/devices/me/attributes", TOPIC_ATTRIBUTES, FORM_LONG},
    {"v2/a", TOPIC_ATTRIBUTES, FORM_SHORT},
    {"v2/a/j", TOPIC_ATTRIBUTES, FORM_SHORT_JSON},
};

/* Longest prefix first where one is the beginning of another. */
static const struct {
    const char *prefix;
    enum device_topic topic;
    enum topic_form form;
} request_topics[] = {
    {"v1/devices/me/attributes/request/", TOPIC_ATTRIBUTES_REQUEST, FORM_LONG},
    {"v2/a/req/j/", TOPIC_ATTRIBUTES_REQUEST, FORM_SHORT_JSON},
    {"v2/a/req/", TOPIC_ATTRIBUTES_REQUEST, FORM_SHORT},
};

static const char *const response_prefixes[] = {
    [FORM_LONG] = "v1/devices/me/attributes/response/",
    [FORM_SHORT] = "v2/a/res/",
    [FORM_SHORT_JSON] = "v2/a/res/j/",
};

static const char *const subscribable[] = {
    "v1/devices/me/attributes",
    "v1/devices/me/attributes/response/+",
    "v1/devices/me/rpc/request/+",
    "v1/devices/me/rpc/response/+",
    "v2/a",
    "v2/a/j",
    "v2/a/p",
    "v2/a/res/+",
    "v2/a/res/j/+",
    "v2/a/res/p/+",
    "v2/r/req/+",
    "v2/r/req/j/+",
    "v2/r/req/p/+",
    "v2/r/res/+",
    "v2/r/res/j/+",
    "v2/r/res/p/+",
    "v2/fw/response/+/chunk/+",
    "v2/fw/error",
    "v2/sw/response/+/chunk/+",
    "v2/sw/error",
};

struct topic_match topic_of_publish(struct slice name)
{
    for (size_t i = 0; i < sizeof publish_topics / sizeof publish_topics[0]; i++)
        if (slice_eq_str(name, publish_topics[i].name))
            return (struct topic_match){publish_topics[i].topic, publish_topics[i].form, 0};
    for (size_t i = 0; i < sizeof request_topics / sizeof request_topics[0]; i++) {
        struct slice prefix = slice_str(request_topics[i].prefix);
        uint64_t id;
        if (slice_starts_with(name, prefix) && text_to_u64(slice_skip(name, prefix.len), INT32_MAX, &id))
            return (struct topic_match){request_topics[i].topic, request_topics[i].form, (uint32_t)id};
    }
    return (struct topic_match){TOPIC_UNKNOWN, FORM_LONG, 0};
}

/* The next level of a filter or topic: up to '/' or the end. */
static struct slice next_level(struct slice *rest, bool *ret_more)
{
    const uint8_t *slash = rest->len ? memchr(rest->data, '/', rest->len) : NULL;
    size_t n = slash ? (size_t)(slash - rest->data) : rest->len;
    struct slice level = slice_of(rest->data, n);
    *ret_more = slash != NULL;
    *rest = slice_skip(*rest, slash ? n + 1 : n);
    return level;
}

/* Do two filters have a topic in common? '+' in either stands for one level; '#' ends the comparison. */
static bool filters_meet(struct slice a, struct slice b)
{
    bool more_a = true, more_b = true;
    while (more_a && more_b) {
        struct slice level_a = next_level(&a, &more_a), level_b = next_level(&b, &more_b);
        if (slice_eq_str(level_a, "#"))
            return true;
        bool is_wild = slice_eq_str(level_a, "+") || slice_eq_str(level_b, "+");
        if (!is_wild && !slice_eq(level_a, level_b))
            return false;
    }
    return more_a == more_b || (more_a && slice_eq_str(a, "#"));
}

bool topic_may_subscribe(struct slice filter)
{
    for (size_t i = 0; i < sizeof subscribable / sizeof subscribable[0]; i++)
        if (filters_meet(filter, slice_str(subscribable[i])))
            return true;
    return false;
}

void topic_of_attributes_response(const struct topic_match *request, char out[RESPONSE_TOPIC_SIZE])
{
    snprintf(out, RESPONSE_TOPIC_SIZE, "%s%u", response_prefixes[request->form], request->request_id);
}
