/* Topic aliases, both ways: MQTT 5.0 section 3.3.2.3.4. */
#include "mqtt/session_parts.h"

#include <stdlib.h>

/* ---- of the client ---- */

struct alias {
    uint8_t *topic; /* NULL = not given yet */
    size_t len;
};

struct session_aliases {
    size_t count;
    struct alias of[]; /* index is the alias minus 1 */
};

void session_drop_aliases(struct session *s)
{
    for (size_t i = 0; s->aliases != NULL && i < s->aliases->count; i++)
        free(s->aliases->of[i].topic);
    free(s->aliases);
    s->aliases = NULL;
}

/* The place of a topic in the table, made on first use. NULL = no memory. */
static struct alias *alias_slot(struct session *s, uint16_t alias)
{
    if (s->aliases == NULL) {
        uint16_t count = s->limits->max_topic_alias;
        s->aliases = calloc(1, sizeof *s->aliases + count * sizeof(struct alias));
        if (s->aliases == NULL)
            return NULL;
        s->aliases->count = count;
    }
    return &s->aliases->of[alias - 1];
}

static bool set_alias(struct alias *slot, struct slice topic)
{
    if (slot->topic != NULL && slice_eq(slice_of(slot->topic, slot->len), topic))
        return true;
    uint8_t *copy = malloc(topic.len);
    if (copy == NULL)
        return false;
    memcpy(copy, topic.data, topic.len);
    free(slot->topic);
    *slot = (struct alias){copy, topic.len};
    return true;
}

bool session_resolve_alias(struct session *s, struct mqtt_publish *publish, struct buf *out)
{
    if (!mqtt_has(&publish->properties, MQTT_TOPIC_ALIAS))
        return true;
    uint16_t alias = publish->properties.topic_alias;
    if (alias > s->limits->max_topic_alias) { /* [MQTT-3.3.2-9] */
        session_end(s, MQTT_REASON_TOPIC_ALIAS_INVALID, "the Topic Alias is above the Topic Alias Maximum",
                    out);
        return false;
    }
    struct alias *slot = alias_slot(s, alias);
    if (slot == NULL || (publish->topic.len != 0 && !set_alias(slot, publish->topic))) {
        session_end(s, MQTT_REASON_QUOTA_EXCEEDED, "out of memory", out);
        return false;
    }
    if (slot->topic == NULL) { /* 3.3.2.3.4: unknown alias and no topic */
        session_end(s, MQTT_REASON_PROTOCOL_ERROR, "the Topic Alias was never given a topic", out);
        return false;
    }
    publish->topic = slice_of(slot->topic, slot->len);
    return true;
}

/* ---- ours ---- */

/*
 * The topics worth an alias are those a client subscribed to by name: the device will hear of them again. So the
 * number is kept with the subscription.
 */
struct subscription *session_use_alias(const struct session *s, struct mqtt_publish *publish)
{
    if (s->topic_alias_max_out == 0)
        return NULL;
    struct subscription *sub = *subscription_find(s->state, publish->topic);
    if (sub == NULL || (sub->alias == 0 && s->aliases_out == s->topic_alias_max_out)) /* [MQTT-3.1.2-26] */
        return NULL;
    mqtt_set(&publish->properties, MQTT_TOPIC_ALIAS);
    publish->properties.topic_alias = sub->alias != 0 ? sub->alias : (uint16_t)(s->aliases_out + 1);
    if (sub->alias != 0)
        publish->topic.len = 0;
    return sub;
}

void session_note_alias(struct session *s, struct subscription *sub)
{
    if (sub->alias == 0)
        sub->alias = ++s->aliases_out;
}

void session_forget_our_aliases(struct session_state *state)
{
    for (struct subscription *sub = state->subscriptions; sub != NULL; sub = sub->next)
        sub->alias = 0;
}
