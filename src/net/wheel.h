/**
 * @file wheel.h - deadlines of many connections at no cost for the idle: a hashed timer wheel, ticks of half a second.
 *
 * A connection stands in the slot of the time at which it must be looked at again. Traffic does not touch the
 * wheel: when the time comes, the look finds a later deadline and the connection is put there.
 * Reactor's thread only.
 */
#pragma once

#include <stdint.h>

enum { WHEEL_SLOTS = 512, WHEEL_TICK_MS = 500 };

struct wheel_item {
    struct wheel_item *next;
    struct wheel_item **link; /* what points to this item; NULL = not in the wheel */
    uint64_t due_ms;
};

struct wheel {
    struct wheel_item *slots[WHEEL_SLOTS];
    uint64_t tick; /* last one done */
};

void wheel_init(struct wheel *wheel, uint64_t now_ms);

/** Look at @p item at @p due_ms (monotonic), a tick late at most; moves it when it is in the wheel. */
void wheel_put(struct wheel *wheel, struct wheel_item *item, uint64_t due_ms);
void wheel_remove(struct wheel_item *item); /* idempotent */

/** Take every item that is due out of the wheel and call @p look with it, which may put it back. */
void wheel_advance(struct wheel *wheel, uint64_t now_ms, void (*look)(void *arg, struct wheel_item *item),
                   void *arg);
