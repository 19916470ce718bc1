/* load - many mutual-TLS MQTT clients in one process and one thread. `load --help` tells the options. */
#include "load_modes.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

enum { EVENTS_AT_ONCE = 256, TICK_MS = 10 };

static void raise_file_limit(unsigned wanted)
{
    struct rlimit r;
    getrlimit(RLIMIT_NOFILE, &r);
    if (r.rlim_cur < wanted + 32u) {
        r.rlim_cur = wanted + 32u < r.rlim_max ? wanted + 32u : r.rlim_max;
        setrlimit(RLIMIT_NOFILE, &r);
    }
    if (r.rlim_cur < wanted + 32u) {
        fprintf(stderr, "load: only %llu open files are allowed, %u connections may fail\n",
                (unsigned long long)r.rlim_cur, wanted);
    }
}

static bool input_has_ended(void)
{
    char buf[256];
    return read(STDIN_FILENO, buf, sizeof(buf)) <= 0;
}

/* Standard input is watched in hold mode alone; its events carry no connection. */
static void run(struct load *l, int epoll_fd)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    while (l->phase != LOAD_DONE) {
        int n = epoll_wait(epoll_fd, events, EVENTS_AT_ONCE, TICK_MS);
        if (n < 0 && errno != EINTR) {
            load_stats_note(&l->stats, strerror(errno));
            return;
        }
        for (int i = 0; i < n && l->phase != LOAD_DONE; i++) {
            struct conn *c = events[i].data.ptr;
            if (c != NULL) {
                conn_on_event(&l->owner, c);
            } else if (input_has_ended()) {
                epoll_ctl(epoll_fd, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
                load_release(l);
            }
        }
        load_tick(l);
    }
}

static int watch_input(int epoll_fd)
{
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, STDIN_FILENO, &e) != 0) {
        fprintf(stderr, "load: hold needs a pipe or terminal as standard input\n");
        return -1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct load_options options;
    load_options_parse(&options, argc, argv);
    signal(SIGPIPE, SIG_IGN);
    raise_file_limit(options.connections);

    static struct load load; /* the histogram is large */
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd < 0 || load_init(&load, &options, epoll_fd) != 0) {
        perror("load");
        return 1;
    }
    if (options.mode == LOAD_HOLD && watch_input(epoll_fd) != 0) {
        return 1;
    }
    load_start(&load);
    run(&load, epoll_fd);
    load_stats_print(&load.stats, &options);

    bool failed = load.stats.opened == 0 || load.stats.failed + load.stats.lost > 0;
    if (failed) {
        fprintf(stderr, "load: %s\n", load.stats.error);
    }
    load_fini(&load);
    close(epoll_fd);
    return failed ? 1 : 0;
}
