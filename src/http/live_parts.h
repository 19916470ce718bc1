/**
 * @file live_parts.h - a socket and what all sockets share. Private to live_socket.c (what libwebsockets calls), live_jobs.c (what
 * workers do for them) and live_news.c (who is shown what).
 */
#pragma once

#include "http/live_socket.h"
#include "http/live_work.h"
#include "hub/live.h"

struct live_text {
    struct live_text *next;
    struct buf bytes; /* LIVE_HEAD unused bytes, then the text */
};

struct live_socket {
    struct live_sockets *all;
    struct lws *wsi; /* NULL: gone; then it lives until its jobs are back */
    struct live_socket *prev, *next;
    struct caller who;
    bool is_known;
    uint64_t opened_ms, checked_ms, written_ms;
    struct buf message;        /* what has come of it */
    struct live_text *backlog; /* messages that the library had read on to, while one is worked on */
    size_t backlog_bytes;
    char *token;                     /* from the query; NULL: none */
    char session[PAGE_SESSION_SIZE]; /* from the cookie of our own page; "" = none */
    unsigned jobs;                   /* at workers */
    bool is_working, is_checking;
    struct live_subscription *subscriptions; /* by id */
    size_t target_count, key_count;
    struct live_subscription *line, *line_last; /* those with something that waits */
    struct live_text *out;
    size_t out_bytes, held; /* held: bytes that wait in subscriptions */
    int close_code;         /* 0: goes on */
    char close_reason[64];
};

/* A device, and who is shown what becomes of it. */
struct live_watched {
    UT_hash_handle hh;
    uint64_t device;
    struct live_target *targets;
    bool is_stale; /* its present values are to be read again */
    struct live_watched *stale_next;
};

struct live_sockets {
    struct http_service *service;
    struct live_socket *list;
    size_t count;
    struct live_watched *watched; /* by device */
    struct live_watched *stale;   /* list */
    bool is_refreshing, is_closed;
    struct live_news news;
    size_t working; /* messages at workers */
    struct batch
        recent; /* news that came meanwhile: a subscription that such a message begins has not seen them */
    bool is_recent_lost; /* there were more than it holds */
    lws_sorted_usec_list_t tick;
};

/* live_socket.c */
void live_socket_close(struct live_socket *s, int code, const char *reason);
void live_socket_send(struct live_socket *s,
                      struct buf *bytes); /* takes the bytes, if there are any after the head */
void live_socket_want_write(struct live_socket *s);
void live_socket_free_if_done(struct live_socket *s);
void live_socket_run(struct live_socket *s, struct slice message); /* hand it to a worker */
void live_socket_go_on(struct live_socket *s);                     /* the worker is done: the next message */

/* live_news.c */
void live_on_news(void *owner);
void live_hand_on(struct live_sockets *all, const struct batch *batch);
void live_join(struct live_socket *s,
               struct live_subscription *subscription); /* takes it, in place of one with its id */
void live_leave(struct live_socket *s, int32_t id);
void live_leave_all(struct live_socket *s);
void live_check_bounds(struct live_socket *s); /* close it if it holds too much */
void live_stale(struct live_sockets *all, uint64_t device);
struct live_subscription *live_next_waiting(struct live_socket *s);
void live_work_begins(struct live_sockets *all);
void live_work_ends(struct live_sockets *all);

/* live_jobs.c */
bool live_start_work(struct live_socket *s, struct slice message);
void live_start_check(struct live_socket *s);
void live_start_refresh(struct live_sockets *all);
