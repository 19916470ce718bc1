/**
 * @file load_mqtt.h - the few MQTT packets the load tool needs, 3.1.1 (protocol 4) and 5.0. No I/O.
 *
 * Specification: MQTT 3.1.1 and 5.0, sections 2 and 3.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
    MQTT_CONNECT_MAX = 64, /* of a CONNECT with a client id of at most 32 bytes */
    MQTT_DISCONNECT_LEN = 2,
    MQTT_PUBLISH_TIMES = 128,
    MQTT_SUBSCRIBE_MAX = 272, /* with a filter of at most 256 bytes */
};

enum mqtt_type {
    MQTT_CONNACK = 2,
    MQTT_PUBLISH = 3, /* of the server, to a subscriber, QoS 0 */
    MQTT_PUBACK = 4,
    MQTT_SUBACK = 9,
    MQTT_PINGRESP = 13,
    MQTT_DISCONNECT = 14,
};

struct mqtt_answer {
    enum mqtt_type type;
    uint8_t reason;       /* CONNACK, PUBACK, SUBACK, DISCONNECT; below 0x80 is success */
    uint16_t id;          /* PUBACK */
    uint16_t receive_max; /* CONNACK 5.0: what the server takes unacknowledged; 65535 if it says nothing */
};

/** A CONNECT with clean start, without will, user name or password. @return its length in bytes */
size_t mqtt_put_connect(uint8_t out[static MQTT_CONNECT_MAX], uint8_t proto, uint16_t keepalive_s,
                        const char *client_id);

void mqtt_put_disconnect(uint8_t out[static MQTT_DISCONNECT_LEN]);

/** A SUBSCRIBE with packet id 1 to one filter, QoS 0. @return its length in bytes */
size_t mqtt_put_subscribe(uint8_t out[static MQTT_SUBSCRIBE_MAX], uint8_t proto, const char *filter);

/**
 * Take one packet from the server off the front of `data`.
 *
 * @param ret_answer  filled when the result is positive
 * @return bytes used; 0 if the packet is not complete yet; -1 if it is malformed or of a kind never asked for
 */
int mqtt_take(const uint8_t *data, size_t n, uint8_t proto, struct mqtt_answer *ret_answer);

/** A PUBLISH that is sent many times, with another packet id and another "$ts" each time. */
struct mqtt_publish {
    uint8_t *bytes;
    size_t len;
    size_t id_at;                       /* where the packet id stands */
    size_t time_at[MQTT_PUBLISH_TIMES]; /* where the 13 digits stand */
    unsigned n_times;
};

/** @return 0; -1 when memory is out. Further "$ts" than MQTT_PUBLISH_TIMES are sent as they are written. */
int mqtt_publish_init(struct mqtt_publish *p, uint8_t proto, const char *topic, const char *payload);
void mqtt_publish_fini(struct mqtt_publish *p);

/** Write the packet to `out`, which has room for `p->len` bytes. */
void mqtt_publish_put(const struct mqtt_publish *p, uint8_t *out, uint16_t id, uint64_t time_ms);
