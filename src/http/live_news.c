/* Who is shown what: from a device's news to the subscriptions that want them, and into their sockets' lines. */
#include "http/live_parts.h"

#include <stdlib.h>

/* ---- devices ----------------------------------------------------------------------------------------------- */

static struct live_watched *find(struct live_sockets *all, uint64_t device)
{
    struct live_watched *w;
    HASH_FIND(hh, all->watched, &device, sizeof device, w);
    return w;
}

static struct live_watched *find_or_add(struct live_sockets *all, uint64_t device)
{
    struct live_watched *w = find(all, device);
    if (w != NULL)
        return w;
    w = calloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    w->device = device;
    HASH_ADD(hh, all->watched, device, sizeof w->device, w);
    return w;
}

static void drop_if_unwatched(struct live_sockets *all, struct live_watched *w)
{
    if (w->targets != NULL || w->is_stale) /* a stale one is dropped when its turn comes */
        return;
    HASH_DEL(all->watched, w);
    free(w);
}

void live_stale(struct live_sockets *all, uint64_t device)
{
    struct live_watched *w = find(all, device);
    if (w == NULL || w->is_stale)
        return;
    w->is_stale = true;
    w->stale_next = all->stale;
    all->stale = w;
}

/* ---- subscriptions ----------------------------------------------------------------------------------------- */

static void join_line(struct live_socket *s, struct live_subscription *subscription)
{
    if (subscription->is_waiting)
        return;
    subscription->is_waiting = true;
    subscription->line_next = NULL;
    if (s->line == NULL)
        s->line = subscription;
    else
        s->line_last->line_next = subscription;
    s->line_last = subscription;
}

static void leave_line(struct live_socket *s, struct live_subscription *subscription)
{
    struct live_subscription **at = &s->line, *last = NULL;
    if (!subscription->is_waiting)
        return;
    while (*at != subscription) {
        last = *at;
        at = &(*at)->line_next;
    }
    *at = subscription->line_next;
    if (s->line_last == subscription)
        s->line_last = last;
    subscription->is_waiting = false;
}

struct live_subscription *live_next_waiting(struct live_socket *s)
{
    struct live_subscription *first = s->line;
    if (first != NULL)
        leave_line(s, first);
    return first;
}

static void detach(struct live_socket *s, struct live_subscription *subscription)
{
    leave_line(s, subscription);
    s->target_count -= subscription->target_count;
    s->key_count -= subscription->key_count;
    for (size_t i = 0; i < subscription->target_count; i++) {
        struct live_target *target = &subscription->targets[i];
        struct live_watched *w = find(s->all, target->device);
        if (w == NULL)
            continue;
        for (struct live_target **at = &w->targets; *at != NULL; at = &(*at)->next) {
            if (*at == target) {
                *at = target->next;
                break;
            }
        }
        drop_if_unwatched(s->all, w);
    }
    HASH_DEL(s->subscriptions, subscription);
    live_subscription_end(s->all->service->hub->live, subscription);
}

void live_leave(struct live_socket *s, int32_t id)
{
    struct live_subscription *found;
    HASH_FIND(hh, s->subscriptions, &id, sizeof id, found);
    if (found != NULL)
        detach(s, found);
}

void live_leave_all(struct live_socket *s)
{
    struct live_subscription *one, *next;
    HASH_ITER (hh, s->subscriptions, one, next) {
        detach(s, one);
    }
}

static bool watch_targets(struct live_socket *s, struct live_subscription *subscription)
{
    for (size_t i = 0; i < subscription->target_count; i++) {
        struct live_watched *w = find_or_add(s->all, subscription->targets[i].device);
        if (w == NULL)
            return false;
        subscription->targets[i].next = w->targets;
        w->targets = &subscription->targets[i];
    }
    return true;
}

static void hand_on(struct live_sockets *all, const struct batch *batch,
                    const struct live_subscription *only);

/* What came between the reading of its values and now was nobody's: it is handed on once more, to this one alone. What has been
 * shown already, the subscription knows. If not all of it is there any more, its devices are read again. */
static void catch_up(struct live_socket *s, const struct live_subscription *subscription)
{
    struct live_sockets *all = s->all;
    if (all->news.count <= subscription->read_at)
        return;
    hand_on(all, &all->recent, subscription);
    for (size_t i = 0; all->is_recent_lost && i < subscription->target_count; i++)
        live_stale(all, subscription->targets[i].device);
    live_start_refresh(all);
}

void live_join(struct live_socket *s, struct live_subscription *subscription)
{
    live_leave(s, subscription->id);
    subscription->held = &s->held;
    HASH_ADD(hh, s->subscriptions, id, sizeof subscription->id, subscription);
    s->target_count += subscription->target_count;
    s->key_count += subscription->key_count;
    if (watch_targets(s, subscription))
        catch_up(s, subscription);
    else
        live_socket_close(s, LWS_CLOSE_STATUS_UNEXPECTED_CONDITION, "no memory");
}

/* ---- news -------------------------------------------------------------------------------------------------- */

static void collapse_all(struct live_socket *s)
{
    for (struct live_subscription *one = s->line; one != NULL; one = one->line_next)
        live_subscription_collapse(one);
}

void live_check_bounds(struct live_socket *s)
{
    const struct settings *settings = s->all->service->hub->settings;
    if (s->held > settings->live.max_queued)
        collapse_all(s);
    if (s->held > settings->live.max_queued)
        live_socket_close(s, LWS_CLOSE_STATUS_POLICY_VIOLATION, "reads too slowly (live.max_queued)");
    if (s->key_count > settings->live.max_keys)
        live_socket_close(s, LWS_CLOSE_STATUS_POLICY_VIOLATION, "too many keys (live.max_keys)");
}

static void show(struct live_socket *s, struct live_target *target, const struct entry *entry)
{
    struct live_subscription *subscription = target->subscription;
    size_t keys = subscription->key_count;
    if (s->close_code != 0 || !live_subscription_take(target, entry))
        return;
    s->key_count += subscription->key_count - keys;
    join_line(s, subscription);
    live_socket_want_write(s);
    live_check_bounds(s);
}

static struct live_socket *socket_of(const struct live_target *target)
{
    return (struct live_socket *)((char *)target->subscription->held - offsetof(struct live_socket, held));
}

/* @p only  NULL: to all */
static void hand_on(struct live_sockets *all, const struct batch *batch, const struct live_subscription *only)
{
    struct entry entry;
    for (size_t at = 0; batch_next(batch, &at, &entry);) {
        struct live_watched *w = find(all, entry_device(&entry));
        for (struct live_target *t = w != NULL ? w->targets : NULL; t != NULL; t = t->next)
            if (only == NULL || t->subscription == only)
                show(socket_of(t), t, &entry);
    }
}

void live_hand_on(struct live_sockets *all, const struct batch *batch)
{
    hand_on(all, batch, NULL);
}

/* ---- what comes while messages are worked on --------------------------------------------------------------- */

void live_work_begins(struct live_sockets *all)
{
    all->recent.bytes.limit = LIVE_NEWS_MAX;
    all->working++;
}

void live_work_ends(struct live_sockets *all)
{
    if (--all->working != 0)
        return;
    batch_fini(&all->recent);
    all->is_recent_lost = false;
}

static void keep_recent(struct live_sockets *all)
{
    if (all->working == 0)
        return;
    buf_append_slice(&all->recent.bytes, buf_slice(&all->news.batch.bytes));
    all->is_recent_lost |= all->news.is_lost;
    if (buf_is_ok(&all->recent.bytes))
        return;
    batch_clear(&all->recent);
    all->is_recent_lost = true;
}

/* Some were lost: whatever is watched is read again. */
static void lose(struct live_sockets *all)
{
    struct live_watched *w, *next;
    HASH_ITER (hh, all->watched, w, next) {
        live_stale(all, w->device);
    }
    live_start_refresh(all);
}

void live_on_news(void *owner)
{
    struct http_service *service = owner;
    struct live_sockets *all = service->sockets;
    if (all->is_closed)
        return;
    live_take(service->hub->live, &all->news);
    keep_recent(all);
    live_hand_on(all, &all->news.batch);
    if (all->news.is_lost)
        lose(all);
}
