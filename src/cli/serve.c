#include "cli/serve.h"

#include "base/clock.h"
#include "base/log.h"
#include "http/service.h"
#include "hub/activity.h"
#include "hub/forwarder.h"
#include "hub/hub.h"
#include "net/net.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { OVERRIDES_MAX = 64 };

/** Everything the process is; the one piece of state that lives as long as it does. */
struct server {
    const char *dir;
    const char *overrides[OVERRIDES_MAX];
    size_t override_count;
    struct settings settings;
    struct hub hub;
    struct net *net;
    struct http_service *http;
};

static int usage(FILE *out)
{
    fputs("usage: postern serve DIR [--set section.name=value]...\n\nSettings:\n", out);
    settings_describe(out);
    return out == stdout ? 0 : 2;
}

static bool parse_arguments(struct server *server, int argc, char **argv)
{
    static const struct option options[] = {{"set", required_argument, NULL, 's'}, {0}};
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option != 's' || server->override_count == OVERRIDES_MAX)
            return false;
        server->overrides[server->override_count++] = optarg;
    }
    if (optind != argc - 1)
        return false;
    server->dir = argv[optind];
    return true;
}

/* A device is a file descriptor: take as many as the system allows. */
static void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        log_warning("server.file_limit", log_text("detail", "cannot raise the limit of open files"));
}

static err_t start(struct server *server, struct problem *problem)
{
    TRY(hub_open(server->dir, &server->settings, false, &server->hub, problem));
    activity_recover(&server->hub);
    TRY(forwarder_start(server->hub.forwarder));
    TRY(net_start(&server->hub, &server->net, problem));
    return http_service_start(&server->hub, &server->http, problem);
}

static void stop(struct server *server)
{
    http_service_stop(server->http);
    net_stop(server->net);
    if (server->hub.dir != NULL)
        hub_close(&server->hub);
    settings_fini(&server->settings);
}

static void tell_difference(void *arg, const char *name, bool is_reloadable)
{
    if (!is_reloadable)
        log_warning("settings.needs_restart", log_text("setting", name),
                    log_text("detail", "changed; the running server keeps the value it started with"));
}

/* Most of what changed waits for a restart; say so instead of leaving the operator to wonder. */
static void reload_settings(struct server *server)
{
    struct settings fresh;
    struct problem problem = {0};
    err_t err = settings_load(server->dir, server->overrides, server->override_count, &fresh, &problem);
    if (err != ERR_OK) {
        log_error("settings.invalid", log_text("setting", problem.field), log_text("reason", problem.text));
        return;
    }
    settings_compare(&server->settings, &fresh, tell_difference, NULL);
    log_set_level(fresh.log.level);
    settings_fini(&fresh);
}

/* SIGHUP: the log level and the certificate files. */
static void reload(struct server *server)
{
    struct problem problem = {0};
    reload_settings(server);
    err_t err = net_reload_tls(server->net, &problem);
    if (err == ERR_OK)
        err = http_service_reload(server->http, &problem);
    if (err == ERR_OK)
        log_info("server.reloaded", log_text("detail", "certificate files read again"));
    else
        log_error("server.reload_failed", log_text("reason", problem.text),
                  log_text("detail", "the certificates in use stay"));
}

/* The main thread's life: signals. They were blocked before any thread started, so none is lost. */
static void wait_for_end(struct server *server, const sigset_t *signals)
{
    for (;;) {
        int signal_number;
        if (sigwait(signals, &signal_number) != 0)
            continue;
        if (signal_number == SIGHUP) {
            reload(server);
            continue;
        }
        log_info("server.stopping", log_text("signal", strsignal(signal_number)));
        return;
    }
}

static sigset_t block_signals(void)
{
    sigset_t signals;
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    return signals;
}

static int run(struct server *server)
{
    struct problem problem = {0};
    sigset_t signals = block_signals();
    uint64_t started_ms = clock_mono_ms();
    err_t err =
        settings_load(server->dir, server->overrides, server->override_count, &server->settings, &problem);
    if (err == ERR_OK) {
        log_configure(server->settings.log.level, server->settings.log.format);
        raise_file_limit();
        err = start(server, &problem);
    }
    if (err == ERR_OK) {
        log_info("server.ready", log_text("version", POSTERN_VERSION), log_text("directory", server->dir),
                 log_number("start_ms", (int64_t)(clock_mono_ms() - started_ms)));
        wait_for_end(server, &signals);
    } else {
        log_error("server.not_started", log_text("category", err_info(err)->name),
                  log_text("setting", problem.field), log_text("reason", problem.text));
    }
    stop(server);
    if (err == ERR_OK)
        log_info("server.stopped", log_number("after_ms", (int64_t)(clock_mono_ms() - started_ms)));
    return err == ERR_OK ? 0 : 1;
}

int cli_serve(int argc, char **argv)
{
    static struct server server; /* its hub's address must not change */
    if (argc >= 2 && strcmp(argv[1], "--help") == 0)
        return usage(stdout);
    return parse_arguments(&server, argc, argv) ? run(&server) : usage(stderr);
}
