#include "net/wheel.h"

#include <stddef.h>

void wheel_init(struct wheel *w, uint64_t now_ms)
{
    *w = (struct wheel){.tick = now_ms / WHEEL_TICK_MS};
}

void wheel_remove(struct wheel_item *item)
{
    if (item->link == NULL)
        return;
    *item->link = item->next;
    if (item->next != NULL)
        item->next->link = item->link;
    item->link = NULL;
    item->next = NULL;
}

void wheel_put(struct wheel *w, struct wheel_item *item, uint64_t due_ms)
{
    uint64_t tick = due_ms / WHEEL_TICK_MS + 1; /* rounded up: never early */
    if (tick <= w->tick)
        tick = w->tick + 1;
    wheel_remove(item);
    struct wheel_item **slot = &w->slots[tick % WHEEL_SLOTS];
    item->due_ms = due_ms;
    item->next = *slot;
    item->link = slot;
    if (*slot != NULL)
        (*slot)->link = &item->next;
    *slot = item;
}

/* Items of later rounds stay; the others leave before they are looked at, since a look may change the slot. */
static void advance_slot(struct wheel *w, uint64_t now_ms, void (*look)(void *, struct wheel_item *),
                         void *arg)
{
    struct wheel_item *due = NULL, *next;
    for (struct wheel_item *item = w->slots[w->tick % WHEEL_SLOTS]; item != NULL; item = next) {
        next = item->next;
        if (item->due_ms > now_ms)
            continue;
        wheel_remove(item);
        item->next = due;
        item->link = &due;
        if (due != NULL)
            due->link = &item->next;
        due = item;
    }
    while (due != NULL) {
        struct wheel_item *item = due;
        wheel_remove(item);
        look(arg, item);
    }
}

void wheel_advance(struct wheel *w, uint64_t now_ms, void (*look)(void *, struct wheel_item *), void *arg)
{
    uint64_t now = now_ms / WHEEL_TICK_MS;
    if (now > w->tick + WHEEL_SLOTS)
        w->tick = now - WHEEL_SLOTS; /* the process slept: one round sees every slot */
    while (w->tick < now) {
        w->tick++;
        advance_slot(w, now_ms, look, arg);
    }
}
