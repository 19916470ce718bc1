#include "hub/traffic.h"

#include "hub/presence.h"
#include "hub/writer.h"

#include <pthread.h>
#include <stdlib.h>

enum { SAMPLES = 6, SAMPLE_MS = 1000 };

struct sample {
    uint64_t ms, messages;
};

struct traffic {
    pthread_mutex_t lock;           /* guards the rest; leaf */
    struct sample samples[SAMPLES]; /* a ring; ms 0: none yet */
    size_t next;
};

err_t traffic_new(struct traffic **ret)
{
    struct traffic *t = calloc(1, sizeof *t);
    if (t == NULL)
        return ERR_NOMEM;
    pthread_mutex_init(&t->lock, NULL);
    *ret = t;
    return ERR_OK;
}

void traffic_free(struct traffic *t)
{
    if (t == NULL)
        return;
    pthread_mutex_destroy(&t->lock);
    free(t);
}

void traffic_tick(struct hub *hub, uint64_t now_ms)
{
    struct traffic *t = hub->traffic;
    pthread_mutex_lock(&t->lock);
    const struct sample *last = &t->samples[(t->next + SAMPLES - 1) % SAMPLES];
    if (now_ms - last->ms >= SAMPLE_MS) {
        t->samples[t->next] = (struct sample){now_ms, writer_messages(hub->writer)};
        t->next = (t->next + 1) % SAMPLES;
    }
    pthread_mutex_unlock(&t->lock);
}

double traffic_rate(struct hub *hub, uint64_t now_ms)
{
    struct traffic *t = hub->traffic;
    struct sample oldest = {0};
    pthread_mutex_lock(&t->lock);
    for (size_t i = 0; i < SAMPLES && oldest.ms == 0; i++)
        oldest = t->samples[(t->next + i) % SAMPLES];
    pthread_mutex_unlock(&t->lock);
    if (oldest.ms == 0 || now_ms <= oldest.ms)
        return 0;
    return (double)(writer_messages(hub->writer) - oldest.messages) * 1000 / (double)(now_ms - oldest.ms);
}

/* ---- what queries ask ---- */

static bool keep_long(void *arg, const struct attribute *attribute)
{
    if (attribute->value.type == VALUE_LONG)
        *(int64_t *)arg = attribute->value.number;
    return false;
}

static int64_t last_activity_ms(void *arg, uint64_t device)
{
    struct hub *hub = arg;
    struct presence_view view;
    presence_look(hub->presence, device, &view);
    int64_t last_ms = view.last_activity_ms;
    if (last_ms == 0 && !presence_is_complete(hub->presence) &&
        series_attribute(hub->series, device, SCOPE_SERVER, SLICE("lastActivityTime"), keep_long, &last_ms,
                         NULL) != ERR_OK)
        return 0;
    return last_ms;
}

static bool is_active(void *arg, uint64_t device)
{
    struct presence_view view;
    presence_look(((struct hub *)arg)->presence, device, &view);
    return view.active;
}

static unsigned connections(void *arg, uint64_t device)
{
    struct presence_view view;
    presence_look(((struct hub *)arg)->presence, device, &view);
    return view.connections;
}

struct device_judge traffic_judge(struct hub *hub)
{
    return (struct device_judge){hub, last_activity_ms, is_active, connections};
}
