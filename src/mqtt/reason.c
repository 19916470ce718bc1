/* Names and tables of packet types and reason codes: MQTT 5.0 sections 2.1.2 and 2.4. */
#include "mqtt/packet.h"

static const char *const type_names[] = {
    "reserved",  "CONNECT", "CONNACK",     "PUBLISH",  "PUBACK",  "PUBREC",   "PUBREL",     "PUBCOMP",
    "SUBSCRIBE", "SUBACK",  "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH",
};

const char *mqtt_type_name(unsigned type)
{
    return type < sizeof type_names / sizeof type_names[0] ? type_names[type] : type_names[0];
}

const char *mqtt_version_name(enum mqtt_version version)
{
    switch (version) {
    case MQTT_3_1: return "MQTT 3.1";
    case MQTT_3_1_1: return "MQTT 3.1.1";
    case MQTT_5_0: return "MQTT 5.0";
    }
    return "MQTT";
}

#define IN(type) (1u << (type))
enum {
    CONNACK = IN(MQTT_CONNACK),
    PUB = IN(MQTT_PUBACK) | IN(MQTT_PUBREC),
    REL = IN(MQTT_PUBREL) | IN(MQTT_PUBCOMP),
    SUB = IN(MQTT_SUBACK),
    UNSUB = IN(MQTT_UNSUBACK),
    DISC = IN(MQTT_DISCONNECT),
    AUTH = IN(MQTT_AUTH),
};

struct reason {
    const char *name;
    uint16_t types; /* IN() bits of the packets that may carry it, table 2-6 */
};

static const struct reason reasons[] = {
    [0x00] = {"Success", CONNACK | PUB | REL | SUB | UNSUB | DISC | AUTH},
    [0x01] = {"Granted QoS 1", SUB},
    [0x02] = {"Granted QoS 2", SUB},
    [0x04] = {"Disconnect with Will Message", DISC},
    [0x10] = {"No matching subscribers", PUB},
    [0x11] = {"No subscription existed", UNSUB},
    [0x18] = {"Continue authentication", AUTH},
    [0x19] = {"Re-authenticate", AUTH},
    [0x80] = {"Unspecified error", CONNACK | PUB | SUB | UNSUB | DISC},
    [0x81] = {"Malformed Packet", CONNACK | DISC},
    [0x82] = {"Protocol Error", CONNACK | DISC},
    [0x83] = {"Implementation specific error", CONNACK | PUB | SUB | UNSUB | DISC},
    [0x84] = {"Unsupported Protocol Version", CONNACK},
    [0x85] = {"Client Identifier not valid", CONNACK},
    [0x86] = {"Bad User Name or Password", CONNACK},
    [0x87] = {"Not authorized", CONNACK | PUB | SUB | UNSUB | DISC},
    [0x88] = {"Server unavailable", CONNACK},
    [0x89] = {"Server busy", CONNACK | DISC},
    [0x8a] = {"Banned", CONNACK},
    [0x8b] = {"Server shutting down", DISC},
    [0x8c] = {"Bad authentication method", CONNACK | DISC},
    [0x8d] = {"Keep Alive timeout", DISC},
    [0x8e] = {"Session taken over", DISC},
    [0x8f] = {"Topic Filter invalid", SUB | UNSUB | DISC},
    [0x90] = {"Topic Name invalid", CONNACK | PUB | DISC},
    [0x91] = {"Packet Identifier in use", PUB | SUB | UNSUB},
    [0x92] = {"Packet Identifier not found", REL},
    [0x93] = {"Receive Maximum exceeded", DISC},
    [0x94] = {"Topic Alias invalid", DISC},
    [0x95] = {"Packet too large", CONNACK | DISC},
    [0x96] = {"Message rate too high", DISC},
    [0x97] = {"Quota exceeded", CONNACK | PUB | SUB | DISC},
    [0x98] = {"Administrative action", DISC},
    [0x99] = {"Payload format invalid", CONNACK | PUB | DISC},
    [0x9a] = {"Retain not supported", CONNACK | DISC},
    [0x9b] = {"QoS not supported", CONNACK | DISC},
    [0x9c] = {"Use another server", CONNACK | DISC},
    [0x9d] = {"Server moved", CONNACK | DISC},
    [0x9e] = {"Shared Subscriptions not supported", SUB | DISC},
    [0x9f] = {"Connection rate exceeded", CONNACK | DISC},
    [0xa0] = {"Maximum connect time", DISC},
    [0xa1] = {"Subscription Identifiers not supported", SUB | DISC},
    [0xa2] = {"Wildcard Subscriptions not supported", SUB | DISC},
};

enum { REASON_COUNT = sizeof reasons / sizeof reasons[0] };

const char *mqtt_reason_name(unsigned reason)
{
    bool is_known = reason < REASON_COUNT && reasons[reason].name != NULL;
    return is_known ? reasons[reason].name : "unknown reason";
}

bool mqtt_reason_is_allowed(enum mqtt_type type, unsigned reason)
{
    return reason < REASON_COUNT && (reasons[reason].types & IN(type)) != 0;
}

enum mqtt_return_code mqtt_return_code_of(uint8_t reason)
{
    switch (reason) {
    case MQTT_REASON_SUCCESS: return MQTT_ACCEPTED;
    case MQTT_REASON_UNSUPPORTED_PROTOCOL_VERSION: return MQTT_REFUSED_PROTOCOL_VERSION;
    case MQTT_REASON_CLIENT_IDENTIFIER_NOT_VALID: return MQTT_REFUSED_IDENTIFIER;
    case MQTT_REASON_BAD_USER_NAME_OR_PASSWORD: return MQTT_REFUSED_USER_NAME_OR_PASSWORD;
    case MQTT_REASON_NOT_AUTHORIZED:
    case MQTT_REASON_BANNED:
    case MQTT_REASON_ADMINISTRATIVE_ACTION:
    case MQTT_REASON_BAD_AUTHENTICATION_METHOD: return MQTT_REFUSED_NOT_AUTHORIZED;
    default: return MQTT_REFUSED_SERVER_UNAVAILABLE;
    }
}
