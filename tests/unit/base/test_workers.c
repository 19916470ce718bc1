#include "base/workers.h"
#include "unit.h"

#include <stdatomic.h>

enum { JOBS = 1000 };

static atomic_int done;

static void job(struct mail *self, void *owner)
{
    assert_null(owner);
    atomic_fetch_add(&done, 1);
}

static void every_accepted_job_runs_before_stop_returns(void **state)
{
    static struct mail jobs[JOBS];
    struct workers *workers;
    int accepted = 0;
    assert_int_equal(workers_start(3, 100, &workers), ERR_OK);
    for (int i = 0; i < JOBS; i++) {
        jobs[i].deliver = job;
        accepted += workers_submit(workers, &jobs[i]);
    }
    workers_stop(workers);
    assert_true(accepted >= 100);
    assert_int_equal(atomic_load(&done), accepted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_accepted_job_runs_before_stop_returns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
