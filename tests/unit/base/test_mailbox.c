#include "base/mailbox.h"
#include "unit.h"

#include <pthread.h>

enum { SENDERS = 4, EACH = 20000 };

struct letter {
    struct mail mail;
    unsigned sender, number;
};

struct owner {
    unsigned next[SENDERS];
    unsigned received;
};

static void on_letter(struct mail *mail, void *arg)
{
    struct letter *letter = (struct letter *)mail;
    struct owner *owner = arg;
    assert_int_equal(letter->number, owner->next[letter->sender]);
    owner->next[letter->sender]++;
    owner->received++;
}

struct sender {
    struct mailbox *box;
    struct letter letters[EACH];
};
static struct sender senders[SENDERS];

static void *send_all(void *arg)
{
    struct sender *s = arg;
    for (unsigned i = 0; i < EACH; i++)
        while (!mailbox_post(s->box, &s->letters[i].mail))
            ;
    return NULL;
}

static void keeps_each_senders_order(void **state)
{
    struct mailbox box;
    struct owner owner = {0};
    pthread_t threads[SENDERS];
    mailbox_init(&box, 64, NULL, NULL);
    for (unsigned t = 0; t < SENDERS; t++) {
        senders[t].box = &box;
        for (unsigned i = 0; i < EACH; i++)
            senders[t].letters[i] = (struct letter){{NULL, on_letter}, t, i};
        pthread_create(&threads[t], NULL, send_all, &senders[t]);
    }
    while (owner.received < SENDERS * EACH)
        mailbox_drain(&box, &owner);
    for (unsigned t = 0; t < SENDERS; t++)
        pthread_join(threads[t], NULL);
    assert_int_equal(mailbox_drain(&box, &owner), 0);
}

static void count_wakes(void *arg)
{
    ++*(int *)arg;
}

static void full_refuses_posts_but_not_answers(void **state)
{
    int wakes = 0;
    struct owner owner = {0};
    struct mailbox box;
    struct letter letters[3] = {
        {{NULL, on_letter}, 0, 0}, {{NULL, on_letter}, 0, 1}, {{NULL, on_letter}, 0, 2}};
    mailbox_init(&box, 1, count_wakes, &wakes);
    assert_true(mailbox_post(&box, &letters[0].mail));
    assert_false(mailbox_post(&box, &letters[1].mail));
    mailbox_return(&box, &letters[1].mail);
    assert_int_equal(wakes, 1);
    assert_int_equal(mailbox_drain(&box, &owner), 2);
    assert_true(mailbox_post(&box, &letters[2].mail));
    assert_int_equal(wakes, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_each_senders_order),
        cmocka_unit_test(full_refuses_posts_but_not_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
