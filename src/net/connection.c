#include "net/connection.h"

#include "base/clock.h"
#include "base/log.h"
#include "hub/presence.h"
#include "net/client.h"
#include "net/internal.h"
#include "net/reactor.h"

#include <stdio.h>
#include <stdlib.h>

enum { LINGER_MS = 2000, TCP_KEEP_ALIVE_S = 300 };

/* Bytes that the socket did not take at once. */
struct unsent {
    uv_write_t request;
    uint8_t data[];
};

static struct in6_addr mapped(const struct sockaddr_storage *peer)
{
    struct in6_addr a = {0};
    if (peer->ss_family == AF_INET6) {
        a = ((const struct sockaddr_in6 *)peer)->sin6_addr;
    } else if (peer->ss_family == AF_INET) {
        a.s6_addr[10] = a.s6_addr[11] = 0xff;
        memcpy(&a.s6_addr[12], &((const struct sockaddr_in *)peer)->sin_addr, 4);
    }
    return a;
}

static struct sockaddr_storage peer_of(const struct connection *c)
{
    struct sockaddr_storage peer = {0};
    int size = sizeof peer;
    if (uv_tcp_getpeername(&c->tcp, (struct sockaddr *)&peer, &size) != 0)
        peer.ss_family = AF_UNSPEC;
    return peer;
}

void connection_address(const struct connection *c, char out[ADDRESS_SIZE])
{
    struct sockaddr_storage peer = peer_of(c);
    char host[INET6_ADDRSTRLEN] = "";
    bool is_v4 = IN6_IS_ADDR_V4MAPPED(&c->address);
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&peer;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&peer;
    uv_inet_ntop(is_v4 ? AF_INET : AF_INET6, is_v4 ? &c->address.s6_addr[12] : c->address.s6_addr, host,
                 sizeof host);
    unsigned port = ntohs(peer.ss_family == AF_INET6 ? v6->sin6_port : v4->sin_port); /* 0 when it is gone */
    snprintf(out, ADDRESS_SIZE, is_v4 ? "%s:%u" : "[%s]:%u", host, port);
}

static void forget(struct buf **rest)
{
    if (*rest != NULL)
        buf_fini(*rest);
    free(*rest);
    *rest = NULL;
}

/* Last act: libuv has let go of the handle. */
static void on_closed(uv_handle_t *handle)
{
    struct connection *c = handle->data;
    forget(&c->in);
    forget(&c->tail);
    free(c);
}

static void end_handshake(struct connection *c)
{
    if (!c->is_handshaking)
        return;
    net_handshake_end(c->reactor->net, &c->address);
    c->reactor->handshakes--;
    c->is_handshaking = false;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret);
static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf);

/* Everything but the socket is over. */
static void leave(struct connection *c)
{
    if (c->phase != CONNECTION_OPEN)
        return;
    client_leave(c);
    end_handshake(c);
    c->phase = CONNECTION_LINGER;
}

void connection_drop(struct connection *c)
{
    if (c->phase == CONNECTION_CLOSED)
        return;
    leave(c);
    c->phase = CONNECTION_CLOSED;
    net_dismiss(c->reactor->net, &c->address);
    tls_connection_fini(&c->tls);
    wheel_remove(&c->timer);
    reactor_remove(c->reactor, c);
    uv_close((uv_handle_t *)&c->tcp, on_closed);
}

static void on_sent(uv_write_t *request, int status)
{
    struct connection *c = request->handle->data;
    free(request->data);
    if (status != 0)
        connection_drop(c);
}

static void queue_unsent(struct connection *c, struct slice bytes)
{
    uv_stream_t *stream = (uv_stream_t *)&c->tcp;
    struct unsent *u = NULL;
    if (uv_stream_get_write_queue_size(stream) + bytes.len <= UNSENT_MAX)
        u = malloc(sizeof *u + bytes.len);
    if (u == NULL) {
        connection_drop(
            c); /* a reader this slow is not one; what it has not acknowledged is in its session */
        return;
    }
    memcpy(u->data, bytes.data, bytes.len);
    u->request.data = u;
    uv_buf_t b = uv_buf_init((char *)u->data, (unsigned)bytes.len);
    if (uv_write(&u->request, stream, &b, 1, on_sent) != 0) {
        free(u);
        connection_drop(c);
    }
}

static void send_bytes(struct connection *c, struct slice bytes)
{
    union {
        const uint8_t *in;
        char *out; /* uv_buf_t is not const; uv_try_write only reads */
    } data = {bytes.data};
    uv_buf_t b = uv_buf_init(data.out, (unsigned)bytes.len);
    if (bytes.len == 0 || c->phase == CONNECTION_CLOSED)
        return;
    int n = uv_try_write((uv_stream_t *)&c->tcp, &b, 1);
    if (n < 0 && n != UV_EAGAIN)
        connection_drop(c);
    else if (n == UV_EAGAIN || (size_t)n < bytes.len)
        queue_unsent(c, slice_skip(bytes, n < 0 ? 0 : (size_t)n));
}

/* Seal and send what the session wrote. */
static void send_out(struct connection *c)
{
    struct reactor *r = c->reactor;
    if (r->out.failed) {
        connection_drop(c);
    } else if (r->out.len > 0 && c->is_tls) {
        buf_clear(&r->cipher);
        if (tls_connection_send(&c->tls, buf_slice(&r->out), &r->cipher) == ERR_OK)
            send_bytes(c, buf_slice(&r->cipher));
        else
            connection_drop(c);
    } else {
        send_bytes(c, buf_slice(&r->out));
    }
    buf_clear(&r->out);
}

void connection_flush(struct connection *c)
{
    send_out(c);
    if (c->has_ended && c->phase == CONNECTION_OPEN)
        connection_end(c);
}

static void on_shut_down(uv_shutdown_t *request, int status)
{
    free(request);
}

void connection_end(struct connection *c)
{
    struct reactor *r = c->reactor;
    if (c->phase != CONNECTION_OPEN)
        return;
    send_out(c);
    if (c->phase != CONNECTION_OPEN)
        return;
    leave(c);
    buf_clear(&r->cipher);
    if (c->is_tls && c->tls.context != NULL)
        tls_connection_close(&c->tls, &r->cipher);
    send_bytes(c, buf_slice(&r->cipher));
    uv_shutdown_t *request = c->phase == CONNECTION_LINGER ? malloc(sizeof *request) : NULL;
    if (request == NULL || uv_shutdown(request, (uv_stream_t *)&c->tcp, on_shut_down) != 0) {
        free(request);
        connection_drop(c);
        return;
    }
    wheel_put(&r->wheel, &c->timer, reactor_now(r) + LINGER_MS);
    if (!c->is_reading && uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read) != 0)
        connection_drop(c); /* reading is how we learn that the peer is done */
}

/* When a connection that only registers devices is closed. */
static uint64_t registration_end(const struct connection *c)
{
    return c->accepted_ms + UINT64_C(1000) * c->reactor->hub->settings->provision.idle_timeout;
}

static void schedule(struct connection *c)
{
    struct reactor *r = c->reactor;
    uint64_t due = session_deadline(&c->session);
    if (c->is_tls && !tls_connection_is_established(&c->tls)) {
        uint64_t handshake = c->accepted_ms + UINT64_C(1000) * r->hub->settings->net.handshake_timeout;
        due = handshake < due ? handshake : due;
    }
    if (c->is_provisioning && registration_end(c) < due)
        due = registration_end(c);
    if (due == UINT64_MAX)
        wheel_remove(&c->timer);
    else if (c->timer.link == NULL || due < c->timer.due_ms)
        wheel_put(&r->wheel, &c->timer, due);
}

void connection_look(struct connection *c, uint64_t now_ms)
{
    const struct settings *settings = c->reactor->hub->settings;
    bool is_established = !c->is_tls || tls_connection_is_established(&c->tls);
    if (c->phase == CONNECTION_LINGER) {
        connection_drop(c);
        return;
    }
    if (!is_established && now_ms >= c->accepted_ms + UINT64_C(1000) * settings->net.handshake_timeout) {
        client_log_refusal(c, "handshake", "TLS handshake not complete in time");
        connection_drop(c);
        return;
    }
    if (c->is_provisioning && now_ms >= registration_end(c))
        session_close(&c->session, MQTT_REASON_NORMAL_DISCONNECTION, "registration is over",
                      &c->reactor->out);
    session_on_deadline(&c->session, now_ms, &c->reactor->out);
    connection_flush(c);
    if (c->phase == CONNECTION_OPEN)
        schedule(c);
}

/* Keep what was not consumed, or nothing. False: no memory. */
static bool keep(struct buf **kept, struct slice rest)
{
    struct buf *buf = *kept;
    bool is_inside = buf != NULL && rest.data >= buf->data && rest.data <= buf->data + buf->len;
    if (rest.len == 0) {
        forget(kept);
        return true;
    }
    if (is_inside) {
        buf_consume(buf, (size_t)(rest.data - buf->data));
        return true;
    }
    if (buf == NULL)
        buf = *kept = calloc(1, sizeof *buf);
    if (buf == NULL)
        return false;
    buf_clear(buf);
    buf_append_slice(buf, rest);
    return buf_is_ok(buf);
}

static struct slice kept_bytes(const struct buf *kept)
{
    return kept != NULL ? buf_slice(kept) : slice_of(NULL, 0);
}

static void pause_or_read(struct connection *c);

/* Hand plaintext to the session; what it does not take is kept for connection_continue(). */
static void feed_session(struct connection *c, struct slice plain)
{
    struct reactor *r = c->reactor;
    size_t used = 0;
    if (c->presence != NULL)
        presence_heard(c->presence, clock_wall_ms());
    if (!ingest_has_room(r->ingest))
        reactor_hold(r, c);
    else if (session_receive(&c->session, plain, &used, reactor_now(r), &r->out) != ERR_OK)
        used = plain.len;
    bool is_kept = keep(&c->tail, slice_skip(plain, used));
    connection_flush(c);
    if (c->phase != CONNECTION_OPEN)
        return;
    if (!is_kept)
        connection_drop(c);
    else
        pause_or_read(c);
}

void connection_continue(struct connection *c)
{
    if (c->phase != CONNECTION_OPEN)
        return;
    if (client_go_on(c))
        session_resume_reading(&c->session);
    if (c->phase != CONNECTION_OPEN)
        return;
    if (c->tail != NULL && session_wants_input(&c->session)) {
        struct reactor *r = c->reactor;
        buf_clear(&r->plain);
        buf_append_slice(&r->plain, kept_bytes(c->tail));
        if (r->plain.failed)
            connection_drop(c);
        else
            feed_session(c, buf_slice(&r->plain));
    } else {
        pause_or_read(c);
    }
    if (c->phase == CONNECTION_OPEN && c->peer_is_done && session_wants_input(&c->session))
        connection_end(c); /* all it sent was taken */
    if (c->phase == CONNECTION_OPEN)
        schedule(c); /* an answered CONNECT has begun the keep-alive */
}

static err_t start_tls(struct connection *c, struct slice in, struct problem *problem)
{
    struct reactor *r = c->reactor;
    size_t len;
    TRY(tls_whole_record(in, &len, problem));
    if (len == 0)
        return ERR_AGAIN;
    if (r->handshakes >= r->hub->settings->net.max_handshakes)
        return fail(problem, ERR_LIMIT, "handshake", "too many handshakes in progress (net.max_handshakes)");
    if (!net_handshake_begin(r->net, &c->address))
        return fail(problem, ERR_LIMIT, "handshake",
                    "too many handshakes in progress from this address (net.max_handshakes_per_address)");
    r->handshakes++;
    c->is_handshaking = true;
    return tls_connection_init(&c->tls, r->tls);
}

static void on_tls_error(struct connection *c, err_t err, const struct problem *problem)
{
    bool is_refusal = c->is_handshaking || c->tls.context == NULL;
    if (err == ERR_CLOSED && c->tail != NULL && !session_wants_input(&c->session)) {
        c->peer_is_done = true; /* connection_continue() takes what was sent before */
        return;
    }
    if (err == ERR_CLOSED) {
        connection_end(c);
        return;
    }
    if (is_refusal || c->device == 0)
        client_log_refusal(c, "handshake", problem->text[0] ? problem->text : err_info(err)->name);
    else if (reactor_may_log(c->reactor))
        log_info("tls.broken", log_number("device", (int64_t)c->device), log_text("reason", problem->text));
    connection_end(c);
}

/* Ciphertext in; decrypted behind the tail in the reactor's `plain`. */
static void on_cipher(struct connection *c, struct slice in)
{
    struct reactor *r = c->reactor;
    struct problem problem = {0};
    size_t used = 0;
    err_t err = c->tls.context == NULL ? start_tls(c, in, &problem) : ERR_OK;
    buf_clear(&r->plain);
    buf_clear(&r->cipher);
    buf_append_slice(&r->plain, kept_bytes(c->tail));
    size_t before = r->plain.len;
    if (err == ERR_OK)
        err = tls_connection_receive(&c->tls, in, &used, &r->plain, &r->cipher, &problem);
    bool is_kept = keep(&c->in, slice_skip(in, used));
    send_bytes(c, buf_slice(&r->cipher));
    if (c->phase != CONNECTION_OPEN)
        return;
    if (tls_connection_is_established(&c->tls))
        end_handshake(c);
    if (!is_kept || r->plain.failed)
        connection_drop(c);
    else if (r->plain.len > before)
        feed_session(c, buf_slice(&r->plain));
    if (c->phase == CONNECTION_OPEN && err != ERR_OK && err != ERR_AGAIN)
        on_tls_error(c, err, &problem);
}

static void on_clear(struct connection *c, struct slice in)
{
    struct reactor *r = c->reactor;
    buf_clear(&r->plain);
    buf_append_slice(&r->plain, kept_bytes(c->tail));
    buf_append_slice(&r->plain, in);
    if (r->plain.failed)
        connection_drop(c); /* no memory: a stream with a hole is none */
    else
        feed_session(c, buf_slice(&r->plain));
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    struct connection *c = handle->data;
    *ret = uv_buf_init((char *)c->reactor->read_buffer, READ_SIZE);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct connection *c = stream->data;
    if (n == 0)
        return;
    if (n < 0 || c->phase != CONNECTION_OPEN) {
        if (n < 0) /* the peer's end, or a broken connection */
            connection_drop(c);
        return;
    }
    struct slice in = slice_of(buf->base, (size_t)n);
    if (c->in != NULL) {
        buf_append_slice(c->in, in);
        in = buf_slice(c->in);
    }
    if (c->in != NULL && c->in->failed)
        connection_drop(c);
    else if (c->is_tls)
        on_cipher(c, in);
    else
        on_clear(c, in);
    if (c->phase == CONNECTION_OPEN)
        schedule(c);
}

static void pause_or_read(struct connection *c)
{
    bool wants = session_wants_input(&c->session) && !c->peer_is_done;
    if (wants == c->is_reading)
        return;
    c->is_reading = wants;
    if (!wants)
        uv_read_stop((uv_stream_t *)&c->tcp);
    else if (uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read) != 0)
        connection_drop(c);
}

static void on_refused(uv_handle_t *handle)
{
    free(handle->data);
}

void connection_accept(struct reactor *r, uv_stream_t *listener, bool is_tls)
{
    struct connection *c = calloc(1, sizeof *c);
    if (c == NULL)
        return;
    c->reactor = r;
    c->is_tls = is_tls;
    c->accepted_ms = reactor_now(r);
    if (uv_tcp_init(&r->loop, &c->tcp) != 0) {
        free(c);
        return;
    }
    c->tcp.data = c;
    bool accepted = uv_accept(listener, (uv_stream_t *)&c->tcp) == 0;
    struct sockaddr_storage peer = peer_of(c);
    c->address = mapped(&peer);
    if (!accepted || !net_admit(r->net, &c->address)) {
        uv_close((uv_handle_t *)&c->tcp, on_refused);
        return;
    }
    if (reactor_add(r, c) != ERR_OK) {
        net_dismiss(r->net, &c->address);
        uv_close((uv_handle_t *)&c->tcp, on_refused);
        return;
    }
    uv_tcp_nodelay(&c->tcp, 1);
    uv_tcp_keepalive(&c->tcp, 1, TCP_KEEP_ALIVE_S); /* for clients without a keep-alive of their own */
    session_init(&c->session, &r->limits, &client_handler, c, c->accepted_ms);
    pause_or_read(c);
    if (c->phase == CONNECTION_OPEN)
        schedule(c);
}
