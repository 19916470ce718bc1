/**
 * @file load_options.h - what the load tool is asked to do.
 *
 * Everything is bounded here: connections, messages, seconds. The only addresses accepted are loopback's
 * (127.0.0.0/8): this tool can saturate a server and is meant for one's own machine.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum load_mode {
    LOAD_HANDSHAKE, /* log in, log out, again */
    LOAD_PUBLISH,   /* QoS 1, a fixed number in flight on each connection */
    LOAD_HOLD,      /* open, stay idle until standard input ends */
};

enum {
    LOAD_MAX_CONNECTIONS = 60000,
    LOAD_MAX_INFLIGHT = 1024,
    LOAD_MAX_SECONDS = 600,
    LOAD_MAX_PAYLOAD = 65536,
    LOAD_MAX_TOPIC = 256,
};

struct load_options {
    enum load_mode mode;
    struct in_addr host;
    uint16_t port;
    const char *cafile;     /* NULL: any server certificate is accepted */
    const char *cert, *key; /* one certificate for all connections; excludes `identities` */
    const char *identities; /* folder of PEM files, certificate and key in each */
    unsigned first;         /* which of them the first connection takes */
    const char *topic;
    const char *subscribe; /* hold: a filter, QoS 0; NULL: none */
    const char *payload;   /* "$ts" is replaced by a rising time in milliseconds, 13 digits */
    const char *id_prefix; /* of the MQTT client ids */
    unsigned connections;  /* handshake: how many at once */
    unsigned parallel;     /* publish, hold: how many are opened at once */
    unsigned inflight;     /* unacknowledged messages on each connection */
    unsigned sources;      /* client addresses 127.0.0.1 to 127.0.x.y, used in turn */
    unsigned keepalive_s;  /* 0: none */
    unsigned warmup_s;     /* not measured */
    unsigned seconds;      /* measured */
    uint64_t count;        /* end after so many measured logins or acknowledgements; 0: time alone */
    uint64_t ts_base_ms;   /* first "$ts"; 0: now */
    uint8_t proto;         /* 4: MQTT 3.1.1, 5: MQTT 5.0 */
    bool tls12, resume;
    pid_t server_pid; /* its CPU time is part of the result; 0: unknown */
};

/**
 * Read the command line; prints the usage and exits with 2 on a mistake, with 0 on --help.
 * The strings are borrowed from argv.
 */
void load_options_parse(struct load_options *o, int argc, char **argv);

const char *load_mode_name(enum load_mode mode);
