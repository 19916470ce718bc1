/**
 * @file packet_read.h - what the decoder's files share. Private to src/mqtt.
 */
#pragma once

#include "mqtt/packet.h"
#include "mqtt/wire.h"

/* A packet being decoded: the cursor stands behind the fixed header. */
struct reader {
    struct cursor c;
    uint8_t type;  /* enum mqtt_type */
    uint8_t flags; /* low four bits of the first byte */
    enum mqtt_version version;
    uint8_t *ret_reason;
    struct problem *problem;
};

/** `return BAD(r, MQTT_REASON_..., "field", "sentence", ...)` */
#define BAD(r, reason, field, ...)                                                                           \
    (*(r)->ret_reason = (reason), fail((r)->problem, ERR_PROTO, (field), __VA_ARGS__))

/** All bytes are used and none were missing; else malformed. */
MUST_USE err_t read_end(struct reader *r);

/** ERR_PROTO when the cursor ran over the end; names the field that was cut off. */
MUST_USE err_t read_check(struct reader *r, const char *field);

/** A UTF-8 string, checked [MQTT-1.5.4-1, -2]. */
MUST_USE err_t read_text(struct reader *r, const char *field, struct slice *ret);

/** Packet Identifier, not 0 [MQTT-2.2.1-3]. */
MUST_USE err_t read_packet_id(struct reader *r, uint16_t *ret);

/** The property list at the cursor in 5.0; before, an empty one without reading. */
MUST_USE err_t read_properties(struct reader *r, unsigned place, struct mqtt_properties *ret);

MUST_USE err_t read_connect(struct reader *r, struct mqtt_connect *ret);
MUST_USE err_t read_connack(struct reader *r, struct mqtt_connack *ret);
MUST_USE err_t read_filters(struct reader *r, struct mqtt_list *ret);
MUST_USE err_t read_reasons(struct reader *r, struct mqtt_list *ret);
