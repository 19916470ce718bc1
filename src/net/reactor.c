#include "net/reactor.h"

#include "base/clock.h"
#include "base/log.h"
#include "hub/activity.h"
#include "hub/events.h"
#include "hub/rollout.h"
#include "hub/rpc.h"
#include "hub/sessions.h"
#include "hub/traffic.h"
#include "model/profile_config.h"
#include "net/client_gateway.h"
#include "net/internal.h"

#include <signal.h>
#include <stdlib.h>
#include <uthash.h>
#include <utlist.h>

enum {
    MAILBOX_CAPACITY = 65536,
    BACKLOG = 1024,
    TICK_MS = WHEEL_TICK_MS,
    SWEEP_TICKS = 60,
    LINES_PER_TICK = 25,

    TABLE_START = 256,
};

/* The connections of one device on this reactor. */
struct device_links {
    uint64_t device;
    struct connection *first;
    UT_hash_handle hh;
};

uint64_t reactor_now(const struct reactor *r)
{
    return uv_now(&r->loop);
}

/* ---- connection table ---- */

static bool grow_table(struct reactor *r)
{
    uint32_t size = r->table_size ? r->table_size * 2 : TABLE_START;
    struct connection **table = realloc(r->table, size * sizeof *table);
    if (table == NULL)
        return false;
    memset(table + r->table_size, 0, (size - r->table_size) * sizeof *table);
    r->next_slot = r->table_size;
    r->table = table;
    r->table_size = size;
    return true;
}

err_t reactor_add(struct reactor *r, struct connection *c)
{
    if (r->connections == r->table_size && !grow_table(r))
        return ERR_NOMEM;
    while (r->table[r->next_slot] != NULL)
        r->next_slot = (r->next_slot + 1) % r->table_size;
    r->table[r->next_slot] = c;
    c->handle = (uint64_t)++r->next_generation << 32 | r->next_slot;
    r->connections++;
    return ERR_OK;
}

struct connection *reactor_find(struct reactor *r, uint64_t handle)
{
    uint32_t slot = (uint32_t)handle;
    struct connection *c = slot < r->table_size ? r->table[slot] : NULL;
    return c != NULL && c->handle == handle ? c : NULL;
}

void reactor_remove(struct reactor *r, struct connection *c)
{
    if (reactor_find(r, c->handle) == NULL)
        return;
    r->table[(uint32_t)c->handle] = NULL;
    r->next_slot = (uint32_t)c->handle;
    r->connections--;
    if (c->is_held)
        DL_DELETE2(r->held, c, prev_held, next_held);
    c->is_held = false;
    if (r->answering == c)
        r->answering = NULL;
}

void reactor_hold(struct reactor *r, struct connection *c)
{
    if (c->is_held)
        return;
    c->is_held = true;
    session_pause_reading(&c->session); /* or its keep-alive would run while we do not listen */
    DL_APPEND2(r->held, c, prev_held, next_held);
}

/* ---- device links ---- */

err_t reactor_link_device(struct reactor *r, struct connection *c, uint64_t device)
{
    struct device_links *links;
    HASH_FIND(hh, r->devices, &device, sizeof device, links);
    if (links == NULL) {
        links = calloc(1, sizeof *links);
        if (links == NULL)
            return ERR_NOMEM;
        links->device = device;
        HASH_ADD(hh, r->devices, device, sizeof links->device, links);
    }
    c->device = device;
    c->next_of_device = links->first;
    c->link_of_device = &links->first;
    if (links->first != NULL)
        links->first->link_of_device = &c->next_of_device;
    links->first = c;
    return ERR_OK;
}

void reactor_unlink_device(struct reactor *r, struct connection *c)
{
    struct device_links *links;
    if (c->link_of_device == NULL)
        return;
    *c->link_of_device = c->next_of_device;
    if (c->next_of_device != NULL)
        c->next_of_device->link_of_device = c->link_of_device;
    c->link_of_device = NULL;
    HASH_FIND(hh, r->devices, &c->device, sizeof c->device, links);
    if (links != NULL && links->first == NULL) {
        HASH_DEL(r->devices, links);
        free(links);
    }
}

void client_on_revoke(void *arg, uint64_t device)
{
    struct reactor *r = arg;
    struct device_links *links;
    r->revocations++;
    client_gateway_revoke(r, device);
    HASH_FIND(hh, r->devices, &device, sizeof device, links);
    for (struct connection *c = links ? links->first : NULL, *next; c != NULL; c = next) {
        next = c->next_of_device;
        c->is_revoked = true;
        session_close(&c->session, MQTT_REASON_ADMINISTRATIVE_ACTION, "the device's credentials changed",
                      &r->out);
        connection_end(c);
    }
    client_forget_notes(r, device);
    sessions_forget_device(r->hub->sessions, device);
    /* What the device had published is with the writer before the revocation returns: a deletion comes behind it. */
    ingest_submit(r->ingest);
}

void client_on_profile_changed(void *arg, struct profile_config *config)
{
    struct reactor *r = arg;
    for (uint32_t i = 0; i < r->table_size; i++) {
        struct connection *c = r->table[i];
        if (c == NULL || c->profile == NULL || c->profile->version >= config->version ||
            !uuid_eq(&c->profile->profile_id, &config->profile_id))
            continue;
        profile_config_unref(c->profile);
        c->profile = profile_config_ref(config);
        const struct payload_forms forms = {r->hub->payloads, config};
        if (c->is_seated)
            sessions_set_forms(r->hub->sessions, c->claim, &forms);
    }
}

/* ---- ingest ---- */

static void on_batch_done(void *arg)
{
    struct reactor *r = arg;
    struct connection *c = r->answering;
    r->answering = NULL;
    if (c != NULL) {
        connection_flush(c);
        connection_continue(c);
    }
    client_write_notes(r);
    while (r->held != NULL && ingest_has_room(r->ingest)) {
        c = r->held; /* the one that waits longest */
        DL_DELETE2(r->held, c, prev_held, next_held);
        c->is_held = false;
        connection_continue(c);
    }
}

/* ---- loop ---- */

bool reactor_may_log(struct reactor *r)
{
    if (r->lines_logged++ < LINES_PER_TICK)
        return true;
    r->lines_silent++;
    return false;
}

static void look(void *arg, struct wheel_item *item)
{
    struct connection *c = (struct connection *)(void *)((char *)item - offsetof(struct connection, timer));
    connection_look(c, reactor_now(arg));
}

static void say_goodbye(struct reactor *r)
{
    for (uint32_t i = 0; i < r->table_size; i++) {
        struct connection *c = r->table[i];
        if (c == NULL || c->phase != CONNECTION_OPEN)
            continue;
        session_close(&c->session, MQTT_REASON_SERVER_SHUTTING_DOWN, "server is shutting down", &r->out);
        connection_end(c);
    }
}

static void close_handle(uv_handle_t *handle, void *arg)
{
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static bool is_idle(const struct reactor *r)
{
    return ingest_is_idle(r->ingest) && session_keeper_is_idle(r->keeper) && r->questions == 0 &&
           r->notes == NULL;
}

/* Once nothing waits for an acknowledgement, or the time for it is over: clients go, then the loop's own handles. */
static void go_on_stopping(struct reactor *r)
{
    bool is_late = reactor_now(r) >= r->stop_deadline_ms;
    if (!is_idle(r) && !is_late)
        return;
    say_goodbye(r);
    for (uint32_t i = 0; is_late && i < r->table_size; i++)
        if (r->table[i] != NULL)
            connection_drop(r->table[i]);
    /* Answers that workers, the writer or other reactors still owe us come through the mailbox. */
    if (r->connections != 0 || !is_idle(r))
        return;
    doorway_close(r->doorway);
    mailbox_drain(&r->box, r); /* the last news: a worker waits for every reactor to hear them */
    uv_walk(&r->loop, close_handle, NULL);
}

/* What waits for time in the directory of sessions is one reactor's to look after. */
static void look_after_sessions(struct reactor *r, uint64_t now)
{
    struct held_will *will;
    while (ingest_has_room(r->ingest) && (will = sessions_take_due_will(r->hub->sessions, now)) != NULL)
        client_publish_held(r, will);
    if (r->wheel.tick % SWEEP_TICKS == 0) {
        sessions_sweep(r->hub->sessions, now);
        rollout_wake(r->hub->rollout);
    }
    events_flush(r->hub);
    rpc_tick(r->hub, now);
    activity_tick(r->hub, now);
    traffic_tick(r->hub, now);
}

static void flush(struct reactor *r)
{
    ingest_flush(r->ingest);
    session_keeper_flush(r->keeper);
}

static void on_tick(uv_timer_t *timer)
{
    struct reactor *r = timer->data;
    uint64_t now = reactor_now(r);
    wheel_advance(&r->wheel, now, look, r);
    if (r->lines_silent > 0)
        log_warning("log.limited", log_number("not_logged", r->lines_silent));
    r->lines_logged = r->lines_silent = 0;
    if (r == &r->net->reactors[0])
        look_after_sessions(r, now);
    flush(r);
    if (r->is_stopping)
        go_on_stopping(r);
}

static void on_turn_end(uv_check_t *check)
{
    flush(check->data);
}

static void on_wake(uv_async_t *wake)
{
    struct reactor *r = wake->data;
    mailbox_drain(&r->box, r);
    if (r->is_stopping)
        go_on_stopping(r);
}

static void wake(void *arg)
{
    uv_async_send(arg);
}

static void on_new_tls(uv_stream_t *listener, int status)
{
    if (status == 0)
        connection_accept(listener->data, listener, true);
}

static void on_new_clear(uv_stream_t *listener, int status)
{
    if (status == 0)
        connection_accept(listener->data, listener, false);
}

static void *run(void *arg)
{
    struct reactor *r = arg;
    sigset_t all;
    sigfillset(&all); /* signals are the main thread's */
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    uv_run(&r->loop, UV_RUN_DEFAULT);
    return NULL;
}

/* ---- start and stop ---- */

static err_t resolve(const struct listen_address *address, const char *setting, struct sockaddr_storage *ret,
                     struct problem *problem)
{
    if (uv_ip4_addr(address->host, address->port, (struct sockaddr_in *)ret) == 0 ||
        uv_ip6_addr(address->host, address->port, (struct sockaddr_in6 *)ret) == 0)
        return ERR_OK;
    return fail(problem, ERR_INVALID, setting, "%s: '%s' is no IPv4 or IPv6 address", setting, address->host);
}

/* Shared with our other reactors, unless @p alone: then it fails when anybody, another server too, listens there. */
static int open_socket(const struct sockaddr_storage *address, bool alone)
{
    int one = 1;
    int fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    socklen_t size =
        address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (address->ss_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    if ((alone || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) == 0) &&
        bind(fd, (const struct sockaddr *)address, size) == 0)
        return fd;
    close(fd);
    return -1;
}

static err_t listen_on(struct reactor *r, int which, const struct listen_address *address,
                       const char *setting, struct problem *problem)
{
    struct sockaddr_storage where = {0};
    uv_tcp_t *listener = &r->listeners[which];
    if (!address->is_on)
        return ERR_OK;
    TRY(resolve(address, setting, &where, problem));
    int fd = open_socket(&where, r == &r->net->reactors[0]);
    if (fd >= 0 && r == &r->net->reactors[0]) {
        close(fd); /* nobody else has it: now share it among the reactors */
        fd = open_socket(&where, false);
    }
    if (fd < 0)
        return fail(problem, ERR_IO, setting, "%s: cannot listen on %s port %u: %s", setting, address->host,
                    address->port, strerror(errno));
    uv_tcp_init(&r->loop, listener);
    listener->data = r;
    int err = uv_tcp_open(listener, fd);
    if (err == 0)
        err = uv_listen((uv_stream_t *)listener, BACKLOG, which == 0 ? on_new_tls : on_new_clear);
    return err == 0 ? ERR_OK
                    : fail(problem, ERR_IO, setting, "%s: cannot listen on %s port %u: %s", setting,
                           address->host, address->port, uv_strerror(err));
}

static void init_loop(struct reactor *r)
{
    CHECK(uv_loop_init(&r->loop) == 0);
    CHECK(uv_async_init(&r->loop, &r->wake, on_wake) == 0);
    uv_timer_init(&r->loop, &r->tick);
    uv_check_init(&r->loop, &r->turn_end);
    r->wake.data = r->tick.data = r->turn_end.data = r;
    uv_timer_start(&r->tick, on_tick, TICK_MS, TICK_MS);
    uv_check_start(&r->turn_end, on_turn_end);
    mailbox_init(&r->box, MAILBOX_CAPACITY, wake, &r->wake);
    wheel_init(&r->wheel, reactor_now(r));
}

err_t reactor_init(struct reactor *r, struct net *net, struct problem *problem)
{
    const struct settings *settings = net->hub->settings;
    const struct ingest_handler handler = {client_on_answer, on_batch_done, r};
    const struct doorway_events events = {client_on_revoke, client_on_profile_changed};
    *r = (struct reactor){.net = net, .hub = net->hub};
    init_loop(r);
    sessions_limits(r->hub->settings, &r->limits);
    r->out.limit = 2 * UNSENT_MAX; /* a whole queue of deliveries, with its headers */
    r->read_buffer = malloc(READ_SIZE);
    if (r->read_buffer == NULL)
        return ERR_NOMEM;
    TRY(gateways_new(&r->gateways));
    TRY(ingest_new(r->hub, &r->box, &handler, &r->ingest));
    TRY(session_keeper_new(r->hub->writer, &r->box, client_on_saved, &r->keeper));
    TRY(doorway_new(r->hub->door, &r->box, &events, r, &r->doorway));
    TRY(tls_context_new(&net->tls, &r->tls, problem));
    TRY(listen_on(r, 0, &settings->mqtt.tls_listen, "mqtt.tls_listen", problem));
    return listen_on(r, 1, &settings->mqtt.listen, "mqtt.listen", problem);
}

err_t reactor_start(struct reactor *r)
{
    return pthread_create(&r->thread, NULL, run, r) == 0 ? ERR_OK : ERR_INTERNAL;
}

void reactor_join(struct reactor *r)
{
    pthread_join(r->thread, NULL);
}

void reactor_fini(struct reactor *r)
{
    uv_walk(&r->loop, close_handle, NULL); /* after a failed init; otherwise nothing is left */
    uv_run(&r->loop, UV_RUN_DEFAULT);
    uv_loop_close(&r->loop);
    ingest_free(r->ingest);
    gateways_free(r->gateways);
    body_scratch_fini(&r->scratch);
    session_keeper_free(r->keeper);
    doorway_free(r->doorway);
    tls_context_put(r->tls);
    buf_fini(&r->plain);
    buf_fini(&r->out);
    buf_fini(&r->cipher);
    free(r->read_buffer);
    free(r->table);
}
