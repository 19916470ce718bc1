/**
 * @file load_conn.h - one client connection: socket, TLS, CONNECT, then packets both ways.
 *
 * Model: a connection is a slot that may be used many times over. conn_open() starts it, conn_on_event()
 * drives it, and the owner hears of it through `struct conn_owner`: opened() after CONNACK, acked() for each
 * PUBACK, ended() once when it is over for any reason. After ended() the slot may be opened again. Thread:
 * one. Nothing blocks.
 */
#pragma once

#include "load_mqtt.h"
#include "load_stats.h"
#include "load_tls.h"

enum conn_state {
    CONN_IDLE, /* no socket */
    CONN_CONNECTING,
    CONN_HANDSHAKE,
    CONN_WAIT_CONNACK,
    CONN_OPEN,
};

enum conn_end {
    CONN_END_OURS,   /* conn_close() */
    CONN_END_FAILED, /* never got to a CONNACK with code 0 */
    CONN_END_LOST,   /* the server ended it after that */
};

struct conn {
    enum conn_state state;
    int fd;
    SSL *ssl;
    SSL_SESSION *session; /* newest ticket, kept over uses of the slot */
    uint32_t slot;        /* number among the connections */
    uint32_t uses;        /* how many times opened */
    uint32_t events;      /* what epoll watches */
    uint32_t out_len;     /* bytes in `out` */
    uint32_t out_size;
    uint16_t in_len; /* bytes of an incomplete packet */
    uint16_t receive_max;
    uint64_t begun_us; /* when the socket was made */
    uint8_t *out;      /* not yet written; owned */
    uint8_t in[512];
    void *extra; /* the mode's own */
};

struct conn_owner {
    const struct load_options *options;
    struct tls_client *tls;
    struct load_stats *stats;
    int epoll_fd;
    void (*opened)(struct conn_owner *o, struct conn *c);
    void (*acked)(struct conn_owner *o, struct conn *c, const struct mqtt_answer *a);
    /* SUBACK, and messages for subscribers. */
    void (*told)(struct conn_owner *o, struct conn *c, const struct mqtt_answer *a);
    /* Called after the packets of one read were told: the time to send the next ones. */
    void (*quiet)(struct conn_owner *o, struct conn *c);
    void (*ended)(struct conn_owner *o, struct conn *c, enum conn_end why);
};

/** Start connecting. A failure is told by ended() before this returns. */
void conn_open(struct conn_owner *o, struct conn *c);

/** epoll reported the socket. */
void conn_on_event(struct conn_owner *o, struct conn *c);

/**
 * Room for `n` more bytes to send; the caller fills it and then calls conn_flush().
 * @return NULL when memory is out
 */
uint8_t *conn_reserve(struct conn *c, size_t n);

/** Write what is waiting; the rest goes when the socket takes it. */
void conn_flush(struct conn_owner *o, struct conn *c);

/** DISCONNECT, close_notify, close, ended(). */
void conn_close(struct conn_owner *o, struct conn *c);

/** Free what the slot still owns; the connection must be idle. */
void conn_fini(struct conn *c);
