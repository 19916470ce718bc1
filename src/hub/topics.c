#include "hub/topics.h"

#include "base/err.h"
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
    {"v2/t/p", TOPIC_TELEMETRY, FORM_SHORT_PROTOBUF},
    {"v1/devices/me/attributes", TOPIC_ATTRIBUTES, FORM_LONG},
    {"v2/a", TOPIC_ATTRIBUTES, FORM_SHORT},
    {"v2/a/j", TOPIC_ATTRIBUTES, FORM_SHORT_JSON},
    {"v2/a/p", TOPIC_ATTRIBUTES, FORM_SHORT_PROTOBUF},
    {"v1/gateway/telemetry", TOPIC_GATEWAY_TELEMETRY, FORM_LONG},
    {"v1/gateway/attributes", TOPIC_GATEWAY_ATTRIBUTES, FORM_LONG},
    {"v1/gateway/connect", TOPIC_GATEWAY_CONNECT, FORM_LONG},
    {"v1/gateway/disconnect", TOPIC_GATEWAY_DISCONNECT, FORM_LONG},
    {"v1/gateway/attributes/request", TOPIC_GATEWAY_ATTRIBUTES_REQUEST, FORM_LONG},
    {"v1/gateway/rpc", TOPIC_GATEWAY_RPC, FORM_LONG},
    {"v1/gateway/claim", TOPIC_GATEWAY_CLAIM, FORM_LONG},
    {"v1/devices/me/claim", TOPIC_CLAIM, FORM_LONG},
    {"/provision/request", TOPIC_PROVISION_REQUEST, FORM_LONG},
};

/* Topics that end in a request's number. Longest prefix first where one is the beginning of another. */
static const struct {
    const char *prefix;
    enum device_topic topic;
    enum topic_form form;
    const char *answer; /* prefix of the answer's topic; NULL: it is an answer itself */
} request_topics[] = {
    {"v1/devices/me/attributes/request/", TOPIC_ATTRIBUTES_REQUEST, FORM_LONG,
     "v1/devices/me/attributes/response/"},
    {"v2/a/req/j/", TOPIC_ATTRIBUTES_REQUEST, FORM_SHORT_JSON, "v2/a/res/j/"},
    {"v2/a/req/p/", TOPIC_ATTRIBUTES_REQUEST, FORM_SHORT_PROTOBUF, "v2/a/res/p/"},
    {"v2/a/req/", TOPIC_ATTRIBUTES_REQUEST, FORM_SHORT, "v2/a/res/"},
    {"v1/devices/me/rpc/response/", TOPIC_RPC_RESPONSE, FORM_LONG, NULL},
    {"v2/r/res/j/", TOPIC_RPC_RESPONSE, FORM_SHORT_JSON, NULL},
    {"v2/r/res/p/", TOPIC_RPC_RESPONSE, FORM_SHORT_PROTOBUF, NULL},
    {"v2/r/res/", TOPIC_RPC_RESPONSE, FORM_SHORT, NULL},
    {"v1/devices/me/rpc/request/", TOPIC_RPC_REQUEST, FORM_LONG, "v1/devices/me/rpc/response/"},
    {"v2/r/req/j/", TOPIC_RPC_REQUEST, FORM_SHORT_JSON, "v2/r/res/j/"},
    {"v2/r/req/p/", TOPIC_RPC_REQUEST, FORM_SHORT_PROTOBUF, "v2/r/res/p/"},
    {"v2/r/req/", TOPIC_RPC_REQUEST, FORM_SHORT, "v2/r/res/"},
};
enum { REQUEST_TOPICS = sizeof request_topics / sizeof request_topics[0] };

static const struct {
    const char *request, *response;
    enum device_topic topic;
} package_topics[] = {
    {"v2/fw/request/", "v2/fw/response", TOPIC_FIRMWARE_REQUEST},
    {"v2/sw/request/", "v2/sw/response", TOPIC_SOFTWARE_REQUEST},
};

static const char *const attributes_change[FORM_COUNT] = {
    [FORM_LONG] = "v1/devices/me/attributes",
    [FORM_SHORT] = "v2/a",
    [FORM_SHORT_JSON] = "v2/a/j",
    [FORM_SHORT_PROTOBUF] = "v2/a/p",
};

static const char *const rpc_request[FORM_COUNT] = {
    [FORM_LONG] = "v1/devices/me/rpc/request/",
    [FORM_SHORT] = "v2/r/req/",
    [FORM_SHORT_JSON] = "v2/r/req/j/",
    [FORM_SHORT_PROTOBUF] = "v2/r/req/p/",
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
    "v1/gateway/attributes",
    "v1/gateway/attributes/response",
    "v1/gateway/rpc",
    "v1/gateway/disconnect",
    "/provision/response",
};

static bool read_id(struct slice digits, uint32_t *ret)
{
    uint64_t id;
    if (!text_to_u64(digits, INT32_MAX, &id))
        return false;
    *ret = (uint32_t)id;
    return true;
}

/* $id/chunk/$n */
static bool read_chunk(struct slice rest, struct topic_match *match)
{
    const struct slice middle = SLICE("/chunk/");
    const uint8_t *slash = rest.len ? memchr(rest.data, '/', rest.len) : NULL;
    if (slash == NULL)
        return false;
    struct slice id = slice_of(rest.data, (size_t)(slash - rest.data));
    rest = slice_skip(rest, id.len);
    return slice_starts_with(rest, middle) && read_id(id, &match->request_id) &&
           read_id(slice_skip(rest, middle.len), &match->chunk);
}

static struct topic_match match_request(struct slice name)
{
    struct topic_match none = {0};
    for (size_t i = 0; i < REQUEST_TOPICS; i++) {
        struct slice prefix = slice_str(request_topics[i].prefix);
        struct topic_match match = {.topic = request_topics[i].topic, .form = request_topics[i].form};
        if (slice_starts_with(name, prefix) && read_id(slice_skip(name, prefix.len), &match.request_id))
            return match;
    }
    for (size_t i = 0; i < sizeof package_topics / sizeof package_topics[0]; i++) {
        struct slice prefix = slice_str(package_topics[i].request);
        struct topic_match match = {.topic = package_topics[i].topic, .form = FORM_SHORT};
        if (slice_starts_with(name, prefix) && read_chunk(slice_skip(name, prefix.len), &match))
            return match;
    }
    return none;
}

struct topic_match topic_of_publish(struct slice name)
{
    for (size_t i = 0; i < sizeof publish_topics / sizeof publish_topics[0]; i++)
        if (slice_eq_str(name, publish_topics[i].name))
            return (struct topic_match){.topic = publish_topics[i].topic, .form = publish_topics[i].form};
    return match_request(name);
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

bool topic_brings_calls(struct slice filter)
{
    char topic[TOPIC_OUT_SIZE];
    for (enum topic_form form = 0; form < FORM_COUNT; form++) {
        topic_of_rpc_request(form, 1, topic);
        if (filters_meet(filter, slice_str(topic)))
            return true;
    }
    return filters_meet(filter, SLICE("v1/gateway/rpc"));
}

static const char *answer_prefix(const struct topic_match *request)
{
    for (size_t i = 0; i < REQUEST_TOPICS; i++)
        if (request_topics[i].topic == request->topic && request_topics[i].form == request->form)
            return request_topics[i].answer;
    return NULL;
}

void topic_of_answer(const struct topic_match *request, char out[TOPIC_OUT_SIZE])
{
    if (request->topic == TOPIC_PROVISION_REQUEST) {
        snprintf(out, TOPIC_OUT_SIZE, "/provision/response");
        return;
    }
    if (request->topic == TOPIC_GATEWAY_ATTRIBUTES_REQUEST) {
        snprintf(out, TOPIC_OUT_SIZE, "v1/gateway/attributes/response");
        return;
    }
    for (size_t i = 0; i < sizeof package_topics / sizeof package_topics[0]; i++) {
        if (package_topics[i].topic != request->topic)
            continue;
        snprintf(out, TOPIC_OUT_SIZE, "%s/%u/chunk/%u", package_topics[i].response, request->request_id,
                 request->chunk);
        return;
    }
    const char *prefix = answer_prefix(request);
    CHECK(prefix != NULL);
    snprintf(out, TOPIC_OUT_SIZE, "%s%u", prefix, request->request_id);
}

const char *topic_of_attributes_change(enum topic_form form)
{
    return attributes_change[form];
}

void topic_of_rpc_request(enum topic_form form, uint32_t request_id, char out[TOPIC_OUT_SIZE])
{
    snprintf(out, TOPIC_OUT_SIZE, "%s%u", rpc_request[form], request_id);
}
