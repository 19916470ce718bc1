#include "hub/profile_topics.h"

#include "mqtt/topic.h"

struct topic_match profile_topic_match(const struct profile_config *profile, struct slice name)
{
    if (topic_matches(profile->attributes_filter, name))
        return (struct topic_match){.topic = TOPIC_ATTRIBUTES, .form = FORM_LONG};
    if (topic_matches(profile->telemetry_filter, name))
        return (struct topic_match){.topic = TOPIC_TELEMETRY, .form = FORM_LONG};
    return (struct topic_match){.topic = TOPIC_UNKNOWN};
}

bool profile_has_attributes_topic(const struct profile_config *profile)
{
    return !slice_eq_str(profile->attributes_subscribe_filter, PROFILE_ATTRIBUTES_TOPIC);
}

/* A filter, level by level. Behind its end, and behind '#', there is nothing but `has_ended`. */
struct levels {
    struct slice rest, level;
    bool has_ended;
    bool is_open; /* '#': any levels from here on */
};

static void next_level(struct levels *l)
{
    l->has_ended = l->has_ended || l->rest.data == NULL;
    if (l->has_ended)
        return;
    const uint8_t *slash = l->rest.len ? memchr(l->rest.data, '/', l->rest.len) : NULL;
    l->level = slice_of(l->rest.data, slash != NULL ? (size_t)(slash - l->rest.data) : l->rest.len);
    l->rest = slash != NULL ? slice_skip(l->rest, l->level.len + 1) : slice_of(NULL, 0);
    l->is_open = slice_eq(l->level, SLICE("#"));
    l->has_ended = l->is_open;
}

/* Does the filter name this level? */
static bool is_named(const struct levels *l)
{
    return !l->has_ended && !slice_eq(l->level, SLICE("+"));
}

/* The level both filters allow here. @return false: none */
static bool common_level(const struct levels *a, const struct levels *b, struct slice *ret)
{
    bool is_longer_than_one = (a->has_ended && !a->is_open) || (b->has_ended && !b->is_open);
    if (is_longer_than_one || (is_named(a) && is_named(b) && !slice_eq(a->level, b->level)))
        return false;
    *ret = is_named(a) ? a->level : is_named(b) ? b->level : SLICE("me");
    return true;
}

/* A topic that matches both filters. */
static bool common_topic(struct slice one, struct slice other, struct buf *out)
{
    struct levels a = {.rest = one}, b = {.rest = other};
    for (size_t n = 0;; n++) {
        struct slice level;
        next_level(&a);
        next_level(&b);
        if (a.has_ended && b.has_ended)
            return n > 0;
        if (!common_level(&a, &b, &level))
            return false;
        if (n > 0)
            buf_append_u8(out, '/');
        buf_append_slice(out, level);
    }
}

bool profile_attributes_topic(const struct profile_config *profile, struct slice filter, struct buf *out)
{
    AUTO_BUF topic = {0};
    if (!common_topic(profile->attributes_subscribe_filter, filter, &topic))
        return false;
    buf_append_slice(out, buf_slice(&topic));
    return buf_is_ok(out);
}
