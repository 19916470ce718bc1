/**
 * @file mailbox.h - how threads meet: a bounded many-to-one queue of intrusive messages, with a wake-up.
 *
 * A sender embeds `struct mail` in its own message, sets `deliver`, and posts it; the owner of the box
 * drains it and `deliver` runs on the owner's thread, in the order of posting. The box never allocates and
 * never frees: memory stays the message's. mailbox_post() is for new work and refuses when the box holds
 * `capacity` messages ("full": the sender keeps the message and holds its own source back).
 * mailbox_return() is for answers to work that the receiver itself asked for; it is never refused, and is
 * bounded by the number of questions the receiver has open.
 * Lock-free: senders push on an atomic stack (release), the owner takes the whole stack at once (acquire) and
 * reverses it, so there is no ABA case.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct mail {
    struct mail *next;                               /* the box's while posted */
    void (*deliver)(struct mail *self, void *owner); /* may free or repost `self` */
};

struct mailbox {
    _Atomic(struct mail *) top;
    atomic_size_t count; /* messages posted and not yet drained */
    size_t capacity;
    void (*wake)(void *arg); /* any thread; makes the owner call mailbox_drain() soon */
    void *wake_arg;
};

void mailbox_init(struct mailbox *box, size_t capacity, void (*wake)(void *), void *wake_arg);

/** @return false when full; the message is then still the sender's. Any thread; never blocks. */
bool mailbox_post(struct mailbox *box, struct mail *mail);

/** Post an answer; never refused. Any thread; never blocks. */
void mailbox_return(struct mailbox *box, struct mail *mail);

/** Run every message now in the box. Owner's thread only. @return how many ran */
size_t mailbox_drain(struct mailbox *box, void *owner);
