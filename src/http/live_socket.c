#include "http/live_parts.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <utlist.h>

enum { TICK_US = 1000000, TOKEN_SIZE = 2048 };

/* ---- all of them ------------------------------------------------------------------------------------------- */

err_t live_sockets_new(struct http_service *service, struct live_sockets **ret)
{
    struct live_sockets *all = calloc(1, sizeof *all);
    if (all == NULL)
        return ERR_NOMEM;
    all->service = service;
    live_listen(service->hub->live, &service->box, live_on_news);
    *ret = all;
    return ERR_OK;
}

void live_sockets_free(struct live_sockets *all)
{
    struct live_watched *w, *next;
    if (all == NULL)
        return;
    live_ignore(all->service->hub->live);
    HASH_ITER (hh, all->watched, w, next) {
        HASH_DEL(all->watched, w);
        free(w);
    }
    batch_fini(&all->news.batch);
    batch_fini(&all->recent);
    free(all);
}

size_t live_sockets_count(const struct live_sockets *all)
{
    return all->count;
}

void live_sockets_close(struct live_sockets *all)
{
    struct live_socket *s, *next;
    all->is_closed = true;
    live_ignore(all->service->hub->live);
    lws_sul_cancel(&all->tick);
    DL_FOREACH_SAFE(all->list, s, next)
    {
        live_leave_all(s);
        live_socket_close(s, LWS_CLOSE_STATUS_GOINGAWAY, "the server is stopping");
    }
}

/* ---- closing ----------------------------------------------------------------------------------------------- */

/* A client that does not even take the close frame is cut off a few seconds later. */
void live_socket_close(struct live_socket *s, int code, const char *reason)
{
    if (s->close_code != 0 || s->wsi == NULL)
        return;
    s->close_code = code;
    snprintf(s->close_reason, sizeof s->close_reason, "%s", reason);
    lws_set_timeout(s->wsi, PENDING_TIMEOUT_CLOSE_SEND, 5);
    lws_callback_on_writable(s->wsi);
    if (code != LWS_CLOSE_STATUS_GOINGAWAY)
        log_info("live.closed", log_text("user", s->who.email), log_number("code", code),
                 log_text("reason", reason));
}

static int say_close(struct live_socket *s)
{
    lws_close_reason(s->wsi, (enum lws_close_status)s->close_code, (unsigned char *)s->close_reason,
                     strlen(s->close_reason));
    return -1;
}

static void drop_texts(struct live_text **list)
{
    struct live_text *text, *next;
    LL_FOREACH_SAFE(*list, text, next)
    {
        buf_fini(&text->bytes);
        free(text);
    }
    *list = NULL;
}

void live_socket_free_if_done(struct live_socket *s)
{
    if (s->wsi != NULL || s->jobs != 0)
        return;
    drop_texts(&s->out);
    drop_texts(&s->backlog);
    buf_fini(&s->message);
    free(s->token);
    free(s);
}

void live_socket_gone(struct exchange_slot *slot)
{
    struct live_socket *s = slot->socket;
    if (s == NULL)
        return;
    slot->socket = NULL;
    s->wsi = NULL;
    live_leave_all(s);
    DL_DELETE(s->all->list, s);
    s->all->count--;
    live_socket_free_if_done(s);
}

/* ---- the clock --------------------------------------------------------------------------------------------- */

static void look_at(struct live_socket *s, uint64_t now_ms)
{
    const struct settings *settings = s->all->service->hub->settings;
    bool has_work = s->line != NULL || s->out != NULL;
    if (!s->is_known && now_ms - s->opened_ms > settings->live.auth_timeout * UINT64_C(1000))
        live_socket_close(s, LWS_CLOSE_STATUS_POLICY_VIOLATION, "no login in time (live.auth_timeout)");
    else if (has_work && now_ms - s->written_ms > LIVE_STALL_S * UINT64_C(1000))
        live_socket_close(s, LWS_CLOSE_STATUS_POLICY_VIOLATION, "reads too slowly");
    else if (s->is_known && !s->is_checking && now_ms - s->checked_ms > LIVE_CHECK_S * UINT64_C(1000))
        live_start_check(s);
}

static void tick(lws_sorted_usec_list_t *timer)
{
    struct live_sockets *all = (struct live_sockets *)((char *)timer - offsetof(struct live_sockets, tick));
    struct live_socket *s, *next;
    uint64_t now_ms = clock_mono_ms();
    DL_FOREACH_SAFE(all->list, s, next)
    {
        if (s->close_code == 0)
            look_at(s, now_ms);
    }
    live_start_refresh(all);
    if (all->list != NULL)
        lws_sul_schedule(all->service->context, 0, &all->tick, tick, TICK_US);
}

/* ---- opening ----------------------------------------------------------------------------------------------- */

static bool is_path(struct lws *wsi)
{
    char path[64];
    int len = lws_hdr_copy(wsi, path, sizeof path, WSI_TOKEN_GET_URI);
    return len > 0 && (strcmp(path, "/api/ws") == 0 || strcmp(path, "/api/ws/plugins/telemetry") == 0);
}

bool live_socket_is_offered(struct http_service *service, struct lws *wsi, const char *protocol)
{
    struct live_sockets *all = service->sockets;
    return protocol != NULL && strcasecmp(protocol, "websocket") == 0 && is_path(wsi) && !all->is_closed &&
           lws_get_vhost(wsi) != service->local && all->count < service->hub->settings->live.max_sockets;
}

static char *query_token(struct lws *wsi)
{
    char text[TOKEN_SIZE];
    const char *found = lws_get_urlarg_by_name(wsi, "token=", text, sizeof text);
    return found != NULL ? strdup(found) : NULL;
}

static struct slice read_header(struct lws *wsi, enum lws_token_indexes token, char *out, size_t size)
{
    int len = lws_hdr_copy(wsi, out, (int)size, token);
    return slice_of(out, len > 0 ? (size_t)len : 0);
}

/* Any page can open a socket, and the browser adds the cookie: only what our own page opens has a session. */
static void read_session(struct live_socket *s)
{
    char cookies[HEADER_MAX], origin[256], host[256];
    const struct http_request request = {
        .is_tls = lws_is_ssl(s->wsi),
        .origin = read_header(s->wsi, WSI_TOKEN_ORIGIN, origin, sizeof origin),
        .host = read_header(s->wsi, WSI_TOKEN_HOST, host, sizeof host),
        .cookies = read_header(s->wsi, WSI_TOKEN_HTTP_COOKIE, cookies, sizeof cookies),
    };
    if (page_origin_is_ours(&request, false))
        (void)slice_to_cstr(page_session_find(request.cookies, request.is_tls), s->session,
                            sizeof s->session);
}

int live_socket_open(struct http_service *service, struct lws *wsi, struct exchange_slot *slot)
{
    struct live_sockets *all = service->sockets;
    struct live_socket *s = calloc(1, sizeof *s);
    if (s == NULL)
        return -1;
    s->all = all;
    s->wsi = wsi;
    s->opened_ms = s->written_ms = clock_mono_ms();
    s->message.limit = service->hub->settings->live.max_message;
    if (all->list == NULL)
        lws_sul_schedule(service->context, 0, &all->tick, tick, TICK_US);
    DL_APPEND(all->list, s);
    all->count++;
    slot->socket = s;
    s->token = query_token(wsi);
    read_session(s);
    if (s->token != NULL) {
        AUTO_BUF login = {0};
        AUTO_JSON message = json_pack("{s:{s:i, s:s}}", "authCmd", "cmdId", 0, "token", s->token);
        document_write(message, &login);
        live_socket_run(s, buf_slice(&login));
    }
    return 0;
}

/* ---- reading ----------------------------------------------------------------------------------------------- */

void live_socket_run(struct live_socket *s, struct slice message)
{
    lws_rx_flow_control(s->wsi, 0);
    if (!live_start_work(s, message))
        live_socket_close(s, LWS_CLOSE_STATUS_UNEXPECTED_CONDITION, "the server is busy");
}

void live_socket_go_on(struct live_socket *s)
{
    struct live_text *first = s->backlog;
    if (s->wsi == NULL || s->close_code != 0)
        return;
    if (first == NULL) {
        lws_rx_flow_control(s->wsi, 1);
        return;
    }
    s->backlog = first->next;
    s->backlog_bytes -= first->bytes.len;
    live_socket_run(s, buf_slice(&first->bytes));
    buf_fini(&first->bytes);
    free(first);
}

static int refuse(struct live_socket *s, int code, const char *reason)
{
    live_socket_close(s, code, reason);
    return 0;
}

/* The library stops reading, but hands out what it has read. */
static int keep_for_later(struct live_socket *s)
{
    struct live_text *text = calloc(1, sizeof *text);
    if (text == NULL || s->backlog_bytes + s->message.len > s->message.limit) {
        free(text);
        return refuse(s, LWS_CLOSE_STATUS_POLICY_VIOLATION, "too many messages at once");
    }
    text->bytes = s->message;
    s->message = (struct buf){.limit = text->bytes.limit};
    LL_APPEND(s->backlog, text);
    s->backlog_bytes += text->bytes.len;
    return 0;
}

int live_socket_receive(struct live_socket *s, struct slice bytes)
{
    if (s == NULL)
        return -1;
    if (s->close_code != 0)
        return 0;
    if (lws_frame_is_binary(s->wsi))
        return refuse(s, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE, "messages are text");
    buf_append_slice(&s->message, bytes);
    if (!buf_is_ok(&s->message))
        return refuse(s, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, "the message is too large (live.max_message)");
    if (!lws_is_final_fragment(s->wsi) || lws_remaining_packet_payload(s->wsi) != 0)
        return 0;
    if (s->is_working)
        return keep_for_later(s);
    live_socket_run(s, buf_slice(&s->message));
    buf_clear(&s->message);
    return 0;
}

/* ---- writing ----------------------------------------------------------------------------------------------- */

void live_socket_want_write(struct live_socket *s)
{
    if (s->wsi != NULL)
        lws_callback_on_writable(s->wsi);
}

void live_socket_send(struct live_socket *s, struct buf *bytes)
{
    const struct settings *settings = s->all->service->hub->settings;
    if (!buf_is_ok(bytes) || bytes->len <= LIVE_HEAD || s->close_code != 0)
        return;
    struct live_text *text = calloc(1, sizeof *text);
    if (text == NULL || s->out_bytes + bytes->len > settings->live.max_queued + LIVE_HEAD) {
        free(text);
        live_socket_close(s, LWS_CLOSE_STATUS_POLICY_VIOLATION, "reads too slowly (live.max_queued)");
        return;
    }
    text->bytes = *bytes;
    *bytes = (struct buf){0};
    if (s->out == NULL)
        s->written_ms = clock_mono_ms();
    LL_APPEND(s->out, text);
    s->out_bytes += text->bytes.len;
    live_socket_want_write(s);
}

static int write_text(struct live_socket *s, struct buf *bytes)
{
    size_t len = bytes->len - LIVE_HEAD;
    int written = lws_write(s->wsi, bytes->data + LIVE_HEAD, len, LWS_WRITE_TEXT);
    s->written_ms = clock_mono_ms();
    return written < (int)len ? -1 : 0;
}

static int write_next_text(struct live_socket *s)
{
    struct live_text *text = s->out;
    s->out = text->next;
    s->out_bytes -= text->bytes.len;
    int result = write_text(s, &text->bytes);
    buf_fini(&text->bytes);
    free(text);
    return result;
}

static int write_update(struct live_socket *s)
{
    AUTO_BUF bytes = {0};
    struct live_subscription *subscription = live_next_waiting(s);
    live_text_begin(&bytes);
    live_subscription_write(subscription, &bytes);
    return buf_is_ok(&bytes) ? write_text(s, &bytes) : -1;
}

int live_socket_writable(struct live_socket *s)
{
    if (s == NULL)
        return -1;
    if (s->close_code != 0)
        return say_close(s);
    int result = s->out != NULL ? write_next_text(s) : s->line != NULL ? write_update(s) : 0;
    if (result == 0 && (s->out != NULL || s->line != NULL))
        live_socket_want_write(s);
    return result;
}
