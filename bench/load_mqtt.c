#include "load_mqtt.h"

#include <stdlib.h>
#include <string.h>

enum {
    TIME_DIGITS = 13, /* milliseconds since 1970, from 2001 to 2286 */
    QOS_1_PUBLISH = 0x32,
};

static const char time_mark[] = "$ts";

static uint8_t *put_u16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
    return p + 2;
}

static uint8_t *put_bytes(uint8_t *p, const void *data, size_t n)
{
    memcpy(p, data, n);
    return p + n;
}

static uint8_t *put_length(uint8_t *p, size_t n)
{
    do {
        uint8_t byte = n & 0x7f;
        n >>= 7;
        *p++ = n != 0 ? byte | 0x80 : byte;
    } while (n != 0);
    return p;
}

size_t mqtt_put_connect(uint8_t out[static MQTT_CONNECT_MAX], uint8_t proto, uint16_t keepalive_s,
                        const char *client_id)
{
    size_t id_len = strnlen(client_id, 32);
    size_t body = 10 + (proto == 5 ? 1u : 0u) + 2 + id_len;
    uint8_t *p = out;
    *p++ = 0x10;
    p = put_length(p, body);
    p = put_bytes(p, "\0\4MQTT", 6);
    *p++ = proto;
    *p++ = 0x02; /* clean start */
    p = put_u16(p, keepalive_s);
    if (proto == 5) {
        *p++ = 0; /* no properties */
    }
    p = put_u16(p, (unsigned)id_len);
    p = put_bytes(p, client_id, id_len);
    return (size_t)(p - out);
}

void mqtt_put_disconnect(uint8_t out[static MQTT_DISCONNECT_LEN])
{
    out[0] = 0xe0;
    out[1] = 0;
}

size_t mqtt_put_subscribe(uint8_t out[static MQTT_SUBSCRIBE_MAX], uint8_t proto, const char *filter)
{
    size_t len = strlen(filter), body = 2 + (proto == 5 ? 1u : 0u) + 2 + len + 1, n = 0;
    out[n++] = 0x82;
    if (body > 127) {
        out[n++] = (uint8_t)(body | 0x80);
        out[n++] = (uint8_t)(body >> 7);
    } else {
        out[n++] = (uint8_t)body;
    }
    out[n++] = 0;
    out[n++] = 1;
    if (proto == 5) {
        out[n++] = 0;
    }
    out[n++] = (uint8_t)(len >> 8);
    out[n++] = (uint8_t)len;
    memcpy(out + n, filter, len);
    n += len;
    out[n++] = 0;
    return n;
}

/* Length of a property's value in the CONNACK of 5.0 (section 3.2.2.3); 0 for one that does not belong there.
 */
static size_t property_len(uint8_t id, const uint8_t *p, size_t left)
{
    size_t first = left >= 2 ? 2u + ((size_t)p[0] << 8 | p[1]) : SIZE_MAX;
    switch (id) {
    case 0x24:
    case 0x25:
    case 0x28:
    case 0x29:
    case 0x2a: return 1;
    case 0x13:
    case 0x21:
    case 0x22: return 2;
    case 0x11:
    case 0x27: return 4;
    case 0x12:
    case 0x15:
    case 0x16:
    case 0x1a:
    case 0x1c:
    case 0x1f: return first;
    case 0x26: {
        if (first > left || left - first < 2) {
            return SIZE_MAX;
        }
        return first + 2 + ((size_t)p[first] << 8 | p[first + 1]);
    }
    default: return 0;
    }
}

/* Look for the receive maximum; servers of 5.0 say it in the CONNACK. */
static int read_connack_properties(const uint8_t *p, size_t n, struct mqtt_answer *a)
{
    if (n == 0) {
        return 0;
    }
    size_t skip = 1;
    while (skip < n && skip < 4 && (p[skip - 1] & 0x80) != 0) {
        skip++;
    }
    p += skip;
    n -= skip;
    while (n > 0) {
        uint8_t id = *p++;
        size_t len = property_len(id, p, --n);
        if (len == 0 || len > n) {
            return -1;
        }
        if (id == 0x21) {
            a->receive_max = (uint16_t)(p[0] << 8 | p[1]);
        }
        p += len;
        n -= len;
    }
    return 0;
}

static int read_body(uint8_t first, const uint8_t *p, size_t n, uint8_t proto, struct mqtt_answer *a)
{
    *a = (struct mqtt_answer){.type = (enum mqtt_type)(first >> 4), .receive_max = UINT16_MAX};
    switch (a->type) {
    case MQTT_CONNACK:
        if (n < 2) {
            return -1;
        }
        a->reason = p[1];
        return proto == 5 ? read_connack_properties(p + 2, n - 2, a) : 0;
    case MQTT_PUBACK:
        if (n < 2) {
            return -1;
        }
        a->id = (uint16_t)(p[0] << 8 | p[1]);
        a->reason = n > 2 ? p[2] : 0;
        return 0;
    case MQTT_SUBACK: a->reason = n > 0 ? p[n - 1] : 0x80; return 0;
    case MQTT_PUBLISH:
    case MQTT_PINGRESP: return 0;
    case MQTT_DISCONNECT: a->reason = n > 0 ? p[0] : 0; return 0;
    default: return -1;
    }
}

int mqtt_take(const uint8_t *data, size_t n, uint8_t proto, struct mqtt_answer *ret_answer)
{
    size_t at = 1, body = 0;
    for (unsigned shift = 0;; shift += 7) {
        if (at >= n) {
            return 0;
        }
        if (shift > 14) {
            return -1; /* no answer to us is longer than 2 MB */
        }
        body |= (size_t)(data[at] & 0x7f) << shift;
        if ((data[at++] & 0x80) == 0) {
            break;
        }
    }
    if (n - at < body) {
        return 0;
    }
    if (read_body(data[0], data + at, body, proto, ret_answer) != 0) {
        return -1;
    }
    return (int)(at + body);
}

static uint8_t *put_payload(struct mqtt_publish *p, uint8_t *out, const char *payload)
{
    while (*payload != '\0') {
        if (strncmp(payload, time_mark, sizeof(time_mark) - 1) == 0 && p->n_times < MQTT_PUBLISH_TIMES) {
            p->time_at[p->n_times++] = (size_t)(out - p->bytes);
            memset(out, '0', TIME_DIGITS);
            out += TIME_DIGITS;
            payload += sizeof(time_mark) - 1;
        } else {
            *out++ = (uint8_t)*payload++;
        }
    }
    return out;
}

static size_t payload_len(const char *payload)
{
    size_t len = strlen(payload);
    unsigned found = 0;
    for (const char *p = payload; found < MQTT_PUBLISH_TIMES && (p = strstr(p, time_mark)) != NULL; found++) {
        len += TIME_DIGITS - (sizeof(time_mark) - 1);
        p += sizeof(time_mark) - 1;
    }
    return len;
}

int mqtt_publish_init(struct mqtt_publish *p, uint8_t proto, const char *topic, const char *payload)
{
    *p = (struct mqtt_publish){0};
    size_t topic_len = strlen(topic);
    size_t body = 2 + topic_len + 2 + (proto == 5 ? 1u : 0u) + payload_len(payload);
    p->bytes = malloc(1 + 4 + body);
    if (p->bytes == NULL) {
        return -1;
    }
    uint8_t *out = p->bytes;
    *out++ = QOS_1_PUBLISH;
    out = put_length(out, body);
    out = put_u16(out, (unsigned)topic_len);
    out = put_bytes(out, topic, topic_len);
    p->id_at = (size_t)(out - p->bytes);
    out = put_u16(out, 0);
    if (proto == 5) {
        *out++ = 0; /* no properties */
    }
    out = put_payload(p, out, payload);
    p->len = (size_t)(out - p->bytes);
    return 0;
}

void mqtt_publish_fini(struct mqtt_publish *p)
{
    free(p->bytes);
    *p = (struct mqtt_publish){0};
}

void mqtt_publish_put(const struct mqtt_publish *p, uint8_t *out, uint16_t id, uint64_t time_ms)
{
    memcpy(out, p->bytes, p->len);
    put_u16(out + p->id_at, id);
    for (unsigned i = 0; i < p->n_times; i++) {
        uint64_t rest = time_ms;
        for (size_t d = TIME_DIGITS; d-- > 0; rest /= 10) {
            out[p->time_at[i] + d] = (uint8_t)('0' + rest % 10);
        }
    }
}
