/* What an idle device costs us, beside the kernel's socket: design principle "idle is free". */
#include "unit.h"

#include "net/connection.h"

#include <malloc.h>

static void record_and_session_fit_in_one_kibibyte(void **state)
{
    /* The session's own test bounds what it allocates: 450 bytes in all, of which the struct is inside the record. */
    enum { SESSION_STATE_BYTES = 450 - (int)sizeof(struct session) };
    size_t total = sizeof(struct connection) + SESSION_STATE_BYTES;
    print_message("connection record %zu bytes, session inside %zu, TLS inside %zu, in all at most %zu\n",
                  sizeof(struct connection), sizeof(struct session), sizeof(struct tls_connection), total);
    assert_true(total <= 1024 + 64 /* malloc headers and rounding */);
    assert_true(sizeof(struct connection) <= 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(record_and_session_fit_in_one_kibibyte)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
