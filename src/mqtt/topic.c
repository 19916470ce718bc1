#include "mqtt/topic.h"

enum { TOPIC_MAX = 65535 };

static const struct slice share_prefix = {(const uint8_t *)"$share/", 7};

static bool has_byte(struct slice s, int byte)
{
    return s.len != 0 && memchr(s.data, byte, s.len) != NULL;
}

err_t topic_check_name(struct slice name, struct problem *problem)
{
    if (name.len == 0) /* [MQTT-4.7.3-1] */
        return fail(problem, ERR_INVALID, "topic", "the topic name is empty");
    if (name.len > TOPIC_MAX) /* [MQTT-4.7.3-3] */
        return fail(problem, ERR_INVALID, "topic", "the topic name has %zu bytes; at most 65535", name.len);
    if (has_byte(name, '+') || has_byte(name, '#')) /* [MQTT-3.3.2-2], [MQTT-4.7.1-1] */
        return fail(problem, ERR_INVALID, "topic", "the topic name contains a wildcard (+ or #)");
    return ERR_OK;
}

/* [MQTT-4.7.1-1]: # alone in the last level; [MQTT-4.7.1-2]: + alone in its level. */
static err_t check_wildcards(struct slice filter, struct problem *problem)
{
    for (size_t i = 0; i < filter.len; i++) {
        uint8_t c = filter.data[i];
        if (c != '+' && c != '#')
            continue;
        bool starts_level = i == 0 || filter.data[i - 1] == '/';
        bool ends_level = i + 1 == filter.len || (c == '+' && filter.data[i + 1] == '/');
        if (!starts_level || !ends_level)
            return fail(problem, ERR_INVALID, "filter",
                        c == '+' ? "+ does not stand alone in its level of the topic filter"
                                 : "# is not the whole last level of the topic filter");
    }
    return ERR_OK;
}

/* "$share/NAME/FILTER": [MQTT-4.8.2-1], [MQTT-4.8.2-2] */
static err_t check_share(struct slice filter, struct slice *ret_inner, struct problem *problem)
{
    struct slice rest = slice_skip(filter, share_prefix.len);
    const uint8_t *slash = rest.len != 0 ? memchr(rest.data, '/', rest.len) : NULL;
    struct slice name = slice_of(rest.data, slash != NULL ? (size_t)(slash - rest.data) : rest.len);
    if (name.len == 0 || has_byte(name, '+') || has_byte(name, '#'))
        return fail(problem, ERR_INVALID, "filter", "the share name is empty or contains a wildcard");
    if (slash == NULL || name.len + 1 == rest.len)
        return fail(problem, ERR_INVALID, "filter", "the shared subscription names no topic filter");
    *ret_inner = slice_skip(rest, name.len + 1);
    return ERR_OK;
}

err_t topic_check_filter(struct slice filter, struct problem *problem)
{
    if (filter.len == 0) /* [MQTT-4.7.3-1] */
        return fail(problem, ERR_INVALID, "filter", "the topic filter is empty");
    if (filter.len > TOPIC_MAX)
        return fail(problem, ERR_INVALID, "filter", "the topic filter has %zu bytes; at most 65535",
                    filter.len);
    return check_wildcards(filter, problem);
}

err_t topic_check_filter_5(struct slice filter, struct problem *problem)
{
    if (topic_is_shared(filter))
        TRY(check_share(filter, &filter, problem));
    return topic_check_filter(filter, problem);
}

bool topic_is_shared(struct slice filter)
{
    return slice_starts_with(filter, share_prefix);
}

/* Bytes up to the next slash or the end. */
static size_t level_length(struct slice s)
{
    const uint8_t *slash = s.len != 0 ? memchr(s.data, '/', s.len) : NULL;
    return slash != NULL ? (size_t)(slash - s.data) : s.len;
}

bool topic_matches(struct slice filter, struct slice name)
{
    bool starts_wild = filter.len != 0 && (filter.data[0] == '+' || filter.data[0] == '#');
    if (starts_wild && name.len != 0 && name.data[0] == '$') /* [MQTT-4.7.2-1] */
        return false;
    for (;;) {
        struct slice want = slice_of(filter.data, level_length(filter));
        struct slice have = slice_of(name.data, level_length(name));
        if (slice_eq(want, SLICE("#")))
            return true;
        if (!slice_eq(want, SLICE("+")) && !slice_eq(want, have))
            return false;
        bool is_filter_done = want.len == filter.len, is_name_done = have.len == name.len;
        if (is_name_done && !is_filter_done) /* "a/#" also matches "a" */
            return slice_eq(slice_skip(filter, want.len), SLICE("/#"));
        if (is_filter_done)
            return is_name_done;
        filter = slice_skip(filter, want.len + 1);
        name = slice_skip(name, have.len + 1);
    }
}
