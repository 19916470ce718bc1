#include "load_conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_SIZE = 16384 }; /* one TLS record */

static void end(struct conn_owner *o, struct conn *c, enum conn_end why)
{
    SSL_free(c->ssl);
    if (c->fd >= 0) {
        close(c->fd);
    }
    c->ssl = NULL;
    c->fd = -1;
    c->state = CONN_IDLE;
    c->out_len = 0;
    c->in_len = 0;
    o->ended(o, c, why);
}

/* The connection is over against our will; `text` goes to the result if it is the first such. */
static void fail(struct conn_owner *o, struct conn *c, const char *text)
{
    bool was_open = c->state == CONN_OPEN;
    static const char *const stages[] = {"idle", "connect", "handshake", "CONNECT", "open"};
    char full[200];
    snprintf(full, sizeof(full), "%s: %s", stages[c->state], text);
    load_stats_note(o->stats, full);
    end(o, c, was_open ? CONN_END_LOST : CONN_END_FAILED);
}

static void fail_io(struct conn_owner *o, struct conn *c, enum tls_io io)
{
    char text[160] = "closed by the server";
    if (io == TLS_FAILED) {
        tls_error_text(text, sizeof(text));
    }
    fail(o, c, text);
}

static void watch(struct conn_owner *o, struct conn *c, uint32_t events)
{
    if (c->events != events) {
        struct epoll_event e = {.events = events, .data.ptr = c};
        epoll_ctl(o->epoll_fd, c->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, c->fd, &e);
        c->events = events;
    }
}

/* Bind to 127.0.x.y so that one server port can take more clients than there are port numbers, and so that a
 * server's limit for each address can be met. The port is chosen by connect(). */
static int bind_source(const struct conn_owner *o, int fd, uint32_t slot)
{
    if (o->options->sources <= 1) {
        return 0;
    }
    int one = 1;
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
    struct sockaddr_in a = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK + slot % o->options->sources),
    };
    return bind(fd, (struct sockaddr *)&a, sizeof(a));
}

static int start_connect(const struct conn_owner *o, uint32_t slot)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    struct sockaddr_in a = {
        .sin_family = AF_INET,
        .sin_port = htons(o->options->port),
        .sin_addr = o->options->host,
    };
    if (bind_source(o, fd, slot) == 0 &&
        (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0 || errno == EINPROGRESS)) {
        return fd;
    }
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

void conn_open(struct conn_owner *o, struct conn *c)
{
    c->state = CONN_CONNECTING;
    c->events = 0;
    c->receive_max = UINT16_MAX;
    c->begun_us = now_us();
    c->fd = start_connect(o, c->slot);
    if (c->fd < 0) {
        fail(o, c, strerror(errno));
        return;
    }
    /* A session belongs to one identity, so a resuming slot keeps its own; else each login takes the next. */
    bool resume = o->options->resume;
    size_t identity = o->options->first + c->slot;
    if (!resume) {
        identity += (size_t)c->uses * o->options->connections;
    }
    c->uses++;
    c->ssl = tls_client_open(o->tls, c->fd, identity, resume ? &c->session : NULL);
    if (c->ssl == NULL) {
        fail(o, c, "cannot make a TLS connection");
        return;
    }
    watch(o, c, EPOLLOUT);
}

uint8_t *conn_reserve(struct conn *c, size_t n)
{
    if (c->out_size - c->out_len < n) {
        size_t size = c->out_len + n;
        uint8_t *out = realloc(c->out, size);
        if (out == NULL) {
            return NULL;
        }
        c->out = out;
        c->out_size = (uint32_t)size;
    }
    uint8_t *room = c->out + c->out_len;
    c->out_len += (uint32_t)n;
    return room;
}

void conn_flush(struct conn_owner *o, struct conn *c)
{
    size_t done = 0;
    enum tls_io io = TLS_DONE;
    while (done < c->out_len && io == TLS_DONE) {
        size_t n = 0;
        io = tls_write(c->ssl, c->out + done, c->out_len - done, &n);
        done += n;
    }
    if (io == TLS_CLOSED || io == TLS_FAILED) {
        fail_io(o, c, io);
        return;
    }
    memmove(c->out, c->out + done, c->out_len - done);
    c->out_len -= (uint32_t)done;
    watch(o, c, c->out_len != 0 && io == TLS_WANT_WRITE ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void send_connect(struct conn_owner *o, struct conn *c)
{
    char id[32];
    snprintf(id, sizeof(id), "%s-%u-%u", o->options->id_prefix, c->slot, c->uses);
    uint8_t packet[MQTT_CONNECT_MAX];
    size_t n = mqtt_put_connect(packet, o->options->proto, (uint16_t)o->options->keepalive_s, id);
    uint8_t *room = conn_reserve(c, n);
    if (room == NULL) {
        fail(o, c, "memory is out");
        return;
    }
    memcpy(room, packet, n);
    c->state = CONN_WAIT_CONNACK;
    conn_flush(o, c);
}

static void note_parameters(struct conn_owner *o, const struct conn *c)
{
    struct load_stats *s = o->stats;
    if (s->protocol[0] != '\0') {
        return;
    }
    int group = (int)SSL_get_negotiated_group(c->ssl);
    const char *name = group != 0 ? SSL_group_to_name(c->ssl, group) : NULL;
    snprintf(s->protocol, sizeof(s->protocol), "%s", SSL_get_version(c->ssl));
    snprintf(s->cipher, sizeof(s->cipher), "%s", SSL_get_cipher(c->ssl));
    snprintf(s->group, sizeof(s->group), "%s", name != NULL ? name : "");
}

static void handshake(struct conn_owner *o, struct conn *c)
{
    enum tls_io io = tls_handshake(c->ssl);
    switch (io) {
    case TLS_DONE:
        note_parameters(o, c);
        send_connect(o, c);
        break;
    case TLS_WANT_READ: watch(o, c, EPOLLIN); break;
    case TLS_WANT_WRITE: watch(o, c, EPOLLOUT); break;
    case TLS_CLOSED:
    case TLS_FAILED: fail_io(o, c, io); break;
    }
}

/* @return false if the connection is over */
static bool on_answer(struct conn_owner *o, struct conn *c, const struct mqtt_answer *a)
{
    char text[80];
    if (a->type == MQTT_CONNACK && c->state == CONN_WAIT_CONNACK) {
        if (a->reason != 0) {
            snprintf(text, sizeof(text), "CONNACK with code 0x%02x", a->reason);
            fail(o, c, text);
            return false;
        }
        c->state = CONN_OPEN;
        c->receive_max = a->receive_max;
        o->stats->opened++;
        o->stats->resumed += SSL_session_reused(c->ssl) ? 1u : 0u;
        o->opened(o, c);
    } else if (a->type == MQTT_PUBACK && c->state == CONN_OPEN) {
        o->acked(o, c, a);
    } else if ((a->type == MQTT_SUBACK || a->type == MQTT_PUBLISH) && c->state == CONN_OPEN &&
               a->reason < 0x80) {
        o->told(o, c, a);
    } else {
        snprintf(text, sizeof(text), "unexpected packet of type %d, reason 0x%02x", (int)a->type, a->reason);
        fail(o, c, text);
        return false;
    }
    return c->state == CONN_OPEN;
}

/* Take all complete packets; keep the rest for the next read. @return false if the connection is over */
static bool take_packets(struct conn_owner *o, struct conn *c, const uint8_t *data, size_t n)
{
    struct mqtt_answer a;
    int used;
    while ((used = mqtt_take(data, n, o->options->proto, &a)) > 0) {
        data += used;
        n -= (size_t)used;
        if (!on_answer(o, c, &a)) {
            return false;
        }
    }
    if (used < 0 || n > sizeof(c->in)) {
        fail(o, c, "malformed packet from the server");
        return false;
    }
    memmove(c->in, data, n);
    c->in_len = (uint16_t)n;
    return true;
}

static void receive(struct conn_owner *o, struct conn *c)
{
    uint8_t data[sizeof(c->in) + READ_SIZE];
    for (;;) {
        size_t n = 0;
        memcpy(data, c->in, c->in_len);
        enum tls_io io = tls_read(c->ssl, data + c->in_len, READ_SIZE, &n);
        if (io == TLS_WANT_READ) {
            break;
        }
        if (io != TLS_DONE) {
            fail_io(o, c, io);
            return;
        }
        if (!take_packets(o, c, data, c->in_len + n)) {
            return;
        }
    }
    if (c->state == CONN_OPEN && o->quiet != NULL) {
        o->quiet(o, c);
    }
}

static void finish_connect(struct conn_owner *o, struct conn *c)
{
    int error = 0;
    socklen_t size = sizeof(error);
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
        fail(o, c, strerror(error));
        return;
    }
    c->state = CONN_HANDSHAKE;
    handshake(o, c);
}

void conn_on_event(struct conn_owner *o, struct conn *c)
{
    switch (c->state) {
    case CONN_IDLE: break;
    case CONN_CONNECTING: finish_connect(o, c); break;
    case CONN_HANDSHAKE: handshake(o, c); break;
    case CONN_WAIT_CONNACK:
    case CONN_OPEN:
        if (c->out_len != 0) {
            conn_flush(o, c);
        }
        if (c->state >= CONN_WAIT_CONNACK) {
            receive(o, c);
        }
        break;
    }
}

void conn_close(struct conn_owner *o, struct conn *c)
{
    if (c->state == CONN_OPEN) {
        uint8_t packet[MQTT_DISCONNECT_LEN];
        size_t n;
        mqtt_put_disconnect(packet);
        tls_write(c->ssl, packet, sizeof(packet), &n);
        SSL_shutdown(c->ssl);
    }
    end(o, c, CONN_END_OURS);
}

void conn_fini(struct conn *c)
{
    SSL_SESSION_free(c->session);
    free(c->out);
    c->session = NULL;
    c->out = NULL;
}
