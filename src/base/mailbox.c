#include "base/mailbox.h"

void mailbox_init(struct mailbox *box, size_t capacity, void (*wake)(void *), void *wake_arg)
{
    atomic_init(&box->top, NULL);
    atomic_init(&box->count, 0);
    box->capacity = capacity;
    box->wake = wake;
    box->wake_arg = wake_arg;
}

static void push(struct mailbox *box, struct mail *mail)
{
    struct mail *top = atomic_load_explicit(&box->top, memory_order_relaxed);
    do {
        mail->next = top;
    } while (!atomic_compare_exchange_weak_explicit(&box->top, &top, mail, memory_order_release,
                                                    memory_order_relaxed));
    /* Only the first message of a batch needs to wake the owner: it will find the rest. */
    if (top == NULL && box->wake != NULL)
        box->wake(box->wake_arg);
}

bool mailbox_post(struct mailbox *box, struct mail *mail)
{
    if (atomic_fetch_add_explicit(&box->count, 1, memory_order_relaxed) >= box->capacity) {
        atomic_fetch_sub_explicit(&box->count, 1, memory_order_relaxed);
        return false;
    }
    push(box, mail);
    return true;
}

void mailbox_return(struct mailbox *box, struct mail *mail)
{
    atomic_fetch_add_explicit(&box->count, 1, memory_order_relaxed);
    push(box, mail);
}

static struct mail *reverse(struct mail *list)
{
    struct mail *result = NULL;
    while (list != NULL) {
        struct mail *next = list->next;
        list->next = result;
        result = list;
        list = next;
    }
    return result;
}

size_t mailbox_drain(struct mailbox *box, void *owner)
{
    struct mail *mail = reverse(atomic_exchange_explicit(&box->top, NULL, memory_order_acquire));
    size_t n = 0;
    while (mail != NULL) {
        struct mail *next = mail->next; /* deliver() may free or repost the message */
        atomic_fetch_sub_explicit(&box->count, 1, memory_order_relaxed);
        mail->deliver(mail, owner);
        mail = next;
        n++;
    }
    return n;
}
