#include "http/service.h"

#include "base/log.h"
#include "http/exchange.h"
#include "http/later.h"
#include "http/live_socket.h"
#include "http/polls.h"
#include "hub/door.h"
#include "hub/forwarder.h"
#include "hub/rpc.h"
#include "hub/webhook.h"
#include "tls/client_certificate.h"
#include "tls/context.h"
#include "tls/records.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define CONTROL_SOCKET "control.sock"

static struct http_service *service_of(struct lws *wsi)
{
    return lws_context_user(lws_get_context(wsi));
}

/* An answer goes out in two writes, headers and body: without this the second waits for the first one's ACK. */
static void send_at_once(struct lws *wsi)
{
    int on = 1;
    if (lws_get_vhost(wsi) != service_of(wsi)->local)
        setsockopt(lws_get_socket_fd(wsi), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* Devices show certificates; see tls/client_certificate.h. -1: the vhost is not made. */
static int ask_for_certificates(const struct http_service *service, struct ssl_ctx_st *context)
{
    const struct settings *settings = service->hub->settings;
    if (!settings->http.client_certificates)
        return 0;
    return tls_ask_for_certificates(context, settings->tls.min_rsa_bits) == ERR_OK ? 0 : -1;
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
    struct exchange_slot *slot = user;
    switch ((int)reason) {
    case LWS_CALLBACK_ESTABLISHED: return live_socket_open(service_of(wsi), wsi, slot);
    case LWS_CALLBACK_RECEIVE: return live_socket_receive(slot->socket, slice_of(in, len));
    case LWS_CALLBACK_SERVER_WRITEABLE: return live_socket_writable(slot->socket);
    case LWS_CALLBACK_CLOSED: live_socket_gone(slot); return 0;
    case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED: send_at_once(wsi); return 0;
    case LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS:
        return ask_for_certificates(service_of(wsi), user);
    case LWS_CALLBACK_HTTP: return exchange_begin(service_of(wsi), wsi, user, slice_of(in, len));
    case LWS_CALLBACK_HTTP_BODY: return exchange_body(user, slice_of(in, len));
    case LWS_CALLBACK_HTTP_BODY_COMPLETION: return exchange_body_end(user);
    case LWS_CALLBACK_HTTP_WRITEABLE: return exchange_writable(user);
    case LWS_CALLBACK_TIMER: return exchange_look_again(user);
    case LWS_CALLBACK_CLOSED_HTTP: exchange_gone(user); return 0;
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE: /* HTTP/2 is not offered */
        return live_socket_is_offered(service_of(wsi), wsi, in) ? 0 : -1;
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED: mailbox_drain(&service_of(wsi)->box, service_of(wsi)); return 0;
    default: return 0;
    }
}

static const struct lws_protocols protocols[] = {
    {.name = "http", .callback = on_event, .per_session_data_size = sizeof(struct exchange_slot)},
    {0},
};

static void log_line(int level, const char *line)
{
    size_t len = strlen(line);
    while (len != 0 && line[len - 1] == '\n')
        len--;
    log_warning("http.library", log_slice("detail", slice_of(line, len)));
}

bool service_submit(struct http_service *service, struct mail *job,
                    void (*work)(struct mail *job, void *owner))
{
    job->deliver = work;
    atomic_fetch_add(&service->in_hands, 1);
    if (workers_submit(service->hub->workers, job))
        return true;
    atomic_fetch_sub(&service->in_hands, 1);
    return false;
}

void service_return(struct http_service *service, struct mail *job,
                    void (*deliver)(struct mail *job, void *owner))
{
    job->deliver = deliver;
    mailbox_return(&service->box, job);
    atomic_fetch_sub(&service->in_hands, 1); /* last: the context may be destroyed from here on */
}

static void wake(void *arg)
{
    struct http_service *service = arg;
    lws_cancel_service(service->context);
}

/* A device is revoked: its requests that wait end; those that workers have let in meanwhile ask again (polls.c). */
static void on_revoke(void *arg, uint64_t device)
{
    struct http_service *service = arg;
    service->revocations++;
    polls_revoke(service->polls, device);
}

/* Each request looks up its device's profile. */
static void on_profile_changed(void *arg, struct profile_config *config)
{
}

/* Nothing waits any more; whoever tells news does not wait for us. */
static void end_waiting(struct http_service *service)
{
    later_end_all(service);
    polls_close(service->polls);
    live_sockets_close(service->sockets);
    doorway_close(service->doorway);
}

static void *run(void *arg)
{
    struct http_service *service = arg;
    struct timespec now, stopped = {0};
    for (;;) {
        lws_service(service->context, 0);
        if (!atomic_load(&service->is_stopping))
            continue;
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (stopped.tv_sec == 0) {
            stopped = now;
            end_waiting(service);
        }
        if ((service->open == 0 && live_sockets_count(service->sockets) == 0) ||
            now.tv_sec - stopped.tv_sec > SERVICE_STOP_S)
            return NULL;
    }
}

static err_t make_context(struct http_service *service, struct problem *problem)
{
    struct lws_context_creation_info info = {
        .user = service,
        .options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_EXPLICIT_VHOSTS,
        .fd_limit_per_thread = SERVICE_CONNECTIONS,
        .max_http_header_data = HEADER_MAX,
        .pt_serv_buf_size = 16 * 1024,
        .timeout_secs = SERVICE_TIMEOUT_S,
        .server_string = "postern",
    };
    lws_set_log_level(LLL_ERR | LLL_WARN, log_line);
    service->context = lws_create_context(&info);
    if (service->context == NULL)
        return fail(problem, ERR_INTERNAL, "", "the HTTP library did not start");
    return ERR_OK;
}

/* WebSockets: a peer that says nothing is asked, and given up when it does not answer. */
static const lws_retry_bo_t idle_policy = {.secs_since_valid_ping = 30, .secs_since_valid_hangup = 60};

static struct lws_context_creation_info vhost_info(const char *name)
{
    return (struct lws_context_creation_info){
        .vhost_name = name,
        .protocols = protocols,
        .options = LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND,
        .keepalive_timeout = SERVICE_KEEP_ALIVE_S,
        .timeout_secs = SERVICE_TIMEOUT_S,
        .retry_and_idle_policy = &idle_policy,
        .alpn = "http/1.1",
    };
}

/* The library tells only that binding failed; trying it ourselves tells the operator why. */
static err_t bind_problem(const char *setting, const struct listen_address *address,
                          const struct addrinfo *resolved, struct problem *problem)
{
    int on = 1, fd = socket(resolved->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const char *reason = "the address cannot be used";
    if (fd >= 0) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (bind(fd, resolved->ai_addr, resolved->ai_addrlen) != 0 || listen(fd, 1) != 0)
            reason = strerror(errno);
        close(fd);
    }
    return fail(problem, ERR_IO, setting, "cannot listen on %s port %u: %s", address->host, address->port,
                reason);
}

static err_t resolve(const char *setting, const struct listen_address *address, struct addrinfo **ret,
                     struct problem *problem)
{
    char port[8];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    snprintf(port, sizeof port, "%u", address->port);
    int err = getaddrinfo(address->host, port, &hints, ret);
    if (err != 0)
        return fail(problem, ERR_IO, setting, "cannot listen on %s: %s", address->host, gai_strerror(err));
    return ERR_OK;
}

static err_t open_listener(struct http_service *service, const char *setting,
                           const struct listen_address *address, struct lws_context_creation_info *info,
                           struct lws_vhost **ret, struct problem *problem)
{
    struct addrinfo *resolved;
    char host[NI_MAXHOST];
    TRY(resolve(setting, address, &resolved, problem));
    err_t err = ERR_OK;
    if (getnameinfo(resolved->ai_addr, resolved->ai_addrlen, host, sizeof host, NULL, 0, NI_NUMERICHOST) != 0)
        err = fail(problem, ERR_IO, setting, "cannot listen on %s", address->host);
    info->iface = host;
    info->port = address->port;
    if (resolved->ai_family == AF_INET)
        info->options |= LWS_SERVER_OPTION_DISABLE_IPV6;
    if (err == ERR_OK) {
        *ret = lws_create_vhost(service->context, info);
        if (*ret == NULL)
            err = bind_problem(setting, address, resolved, problem);
    }
    freeaddrinfo(resolved);
    if (err == ERR_OK)
        log_info("http.listening", log_text("setting", setting), log_text("host", host),
                 log_number("port", lws_get_vhost_listen_port(*ret)));
    return err;
}

static char *file_path(const struct http_service *service, const char *configured, const char *own)
{
    char *path = NULL;
    if (configured[0] != '\0')
        return strdup(configured);
    return asprintf(&path, "%s/%s", service->hub->dir, own) >= 0 ? path : NULL;
}

/* A context of our own is made and dropped, so that wrong files are found before the library takes them. */
static err_t check_files(const struct http_service *service, struct problem *problem)
{
    struct tls_context *context;
    struct tls_options options = {.certificate = service->certificate,
                                  .key = service->key,
                                  .min_rsa_bits = service->hub->settings->tls.min_rsa_bits,
                                  .records_per_key = TLS_RECORDS_PER_KEY};
    TRY(tls_context_new(&options, &context, problem));
    tls_context_put(context);
    return ERR_OK;
}

static err_t open_tls(struct http_service *service, struct problem *problem)
{
    const struct settings *settings = service->hub->settings;
    struct lws_context_creation_info info = vhost_info("tls");
    service->certificate = file_path(service, settings->tls.certificate, "server.pem");
    service->key = file_path(service, settings->tls.key, "server.key");
    if (service->certificate == NULL || service->key == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the HTTP service");
    TRY(check_files(service, problem));
    info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS;
    info.ssl_cert_filepath = service->certificate;
    info.ssl_private_key_filepath = service->key;
    info.ssl_options_set = (long)(SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_RENEGOTIATION);
    if (settings->tls.min_version == SETTINGS_TLS_1_3)
        info.ssl_options_set |= (long)SSL_OP_NO_TLSv1_2;
    info.ssl_cipher_list = "ECDHE+AESGCM:ECDHE+CHACHA20";
    return open_listener(service, "http.tls_listen", &settings->http.tls_listen, &info, &service->tls,
                         problem);
}

/* Through /proc, since the path of a data directory may be longer than a socket's address. */
static err_t open_control(struct http_service *service, struct problem *problem)
{
    char path[64];
    struct lws_context_creation_info info = vhost_info("control");
    service->dir_fd = open(service->hub->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (service->dir_fd < 0)
        return fail(problem, ERR_IO, "", "cannot open %s: %s", service->hub->dir, strerror(errno));
    snprintf(path, sizeof path, "/proc/self/fd/%d/" CONTROL_SOCKET, service->dir_fd);
    info.iface = path;
    info.options |= LWS_SERVER_OPTION_UNIX_SOCK;
    mode_t before = umask(0177);
    service->local = lws_create_vhost(service->context, &info);
    umask(before);
    if (service->local == NULL)
        return fail(problem, ERR_IO, "", "cannot make %s/" CONTROL_SOCKET, service->hub->dir);
    return ERR_OK;
}

static err_t open_all(struct http_service *service, struct problem *problem)
{
    const struct settings *settings = service->hub->settings;
    static const struct doorway_events events = {on_revoke, on_profile_changed};
    struct lws_context_creation_info info = vhost_info("plain");
    TRY(api_init(&service->api, service->hub, problem));
    TRY(make_context(service, problem));
    mailbox_init(&service->box, 16, wake, service);
    TRY(later_host_new(service, &service->later_host));
    TRY(polls_new(service, &service->polls));
    TRY(live_sockets_new(service, &service->sockets));
    if (settings->http.listen.is_on)
        TRY(open_listener(service, "http.listen", &settings->http.listen, &info, &service->plain, problem));
    if (settings->http.tls_listen.is_on)
        TRY(open_tls(service, problem));
    TRY(open_control(service, problem));
    TRY(doorway_new(service->hub->door, &service->box, &events, service, &service->doorway));
    if (pthread_create(&service->thread, NULL, run, service) != 0)
        return fail(problem, ERR_NOMEM, "", "cannot start the HTTP thread");
    pthread_setname_np(service->thread, "http");
    service->has_thread = true;
    return ERR_OK;
}

err_t http_service_start(struct hub *hub, struct http_service **ret, struct problem *problem)
{
    struct http_service *service = calloc(1, sizeof *service);
    if (service == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the HTTP service");
    service->hub = hub;
    service->dir_fd = -1;
    err_t err = open_all(service, problem);
    if (err != ERR_OK)
        http_service_stop(service);
    else
        *ret = service;
    return err;
}

struct reload {
    struct mail mail;
    sem_t done;
};

static void reload_on_thread(struct mail *mail, void *owner)
{
    struct http_service *service = owner;
    struct reload *reload = (struct reload *)((char *)mail - offsetof(struct reload, mail));
    lws_tls_cert_updated(service->context, service->certificate, service->key, NULL, 0, NULL, 0);
    sem_post(&reload->done);
}

err_t http_service_reload(struct http_service *service, struct problem *problem)
{
    struct reload reload = {.mail.deliver = reload_on_thread};
    if (service->tls == NULL)
        return ERR_OK;
    TRY(check_files(service, problem));
    sem_init(&reload.done, 0, 0);
    err_t err = ERR_OK;
    if (mailbox_post(&service->box, &reload.mail)) {
        while (sem_wait(&reload.done) != 0) {
        }
    } else {
        err = fail(problem, ERR_AGAIN, "", "the HTTP service is too busy to read its certificate again");
    }
    sem_destroy(&reload.done);
    return err;
}

static void join(struct http_service *service)
{
    struct timespec until;
    atomic_store(&service->is_stopping, true);
    rpc_stop(service->hub->rpc);
    webhook_stop(service->hub->webhook);
    forwarder_stop(service->hub->forwarder);
    do { /* the thread sleeps until something happens: it is reminded */
        lws_cancel_service(service->context);
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 50 * 1000 * 1000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
    } while (pthread_timedjoin_np(service->thread, NULL, &until) == ETIMEDOUT);
    do { /* what comes back may give the workers a last thing to do, and workers may wait for what is in the box */
        while (atomic_load(&service->in_hands) != 0) {
            mailbox_drain(&service->box, service);
            usleep(1000);
        }
        mailbox_drain(&service->box, service);
    } while (atomic_load(&service->in_hands) != 0);
    later_host_close(service->later_host);
    service->later_host = NULL;
    mailbox_drain(&service->box, service);
}

/* Without a thread there is nobody else to hear the last news. */
static void leave_door(struct http_service *service)
{
    if (service->doorway == NULL)
        return;
    doorway_close(service->doorway);
    mailbox_drain(&service->box, service);
}

void http_service_stop(struct http_service *service)
{
    if (service == NULL)
        return;
    if (service->has_thread)
        join(service);
    else
        leave_door(service);
    later_host_close(service->later_host);
    if (service->context != NULL)
        lws_context_destroy(service->context);
    polls_free(service->polls);
    live_sockets_free(service->sockets);
    doorway_free(service->doorway);
    if (service->local != NULL)
        unlinkat(service->dir_fd, CONTROL_SOCKET, 0);
    if (service->dir_fd >= 0)
        close(service->dir_fd);
    free(service->certificate);
    free(service->key);
    api_fini(&service->api);
    free(service);
}

uint16_t http_service_port(const struct http_service *service)
{
    return service->plain != NULL ? (uint16_t)lws_get_vhost_listen_port(service->plain) : 0;
}

uint16_t http_service_tls_port(const struct http_service *service)
{
    return service->tls != NULL ? (uint16_t)lws_get_vhost_listen_port(service->tls) : 0;
}
