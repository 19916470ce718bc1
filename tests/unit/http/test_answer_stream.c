#include "http/answer_stream.h"

#include "unit.h"

#include <stdio.h>

/* Counts down; at 0 it has been closed once too often. */
struct source_state {
    int pieces, fails_at, made, closed;
};

static err_t next(void *state, struct buf *out, bool *ret_is_last, struct problem *problem)
{
    struct source_state *s = state;
    if (++s->made == s->fails_at)
        return fail(problem, ERR_IO, "", "piece %d is lost", s->made);
    buf_printf(out, "%d,", s->made);
    *ret_is_last = s->made == s->pieces;
    return ERR_OK;
}

static void closed(void *state)
{
    struct source_state *s = state;
    s->closed++;
}

static const struct answer_source source = {next, closed};

static void begin(struct http_response *response, struct source_state *state)
{
    struct call call = {.response = response};
    assert_int_equal(answer_stream(&call, &source, state), ERR_OK);
    assert_int_equal(response->status, 200);
}

static void pieces_come_one_by_one_and_the_last_closes(void **state)
{
    struct source_state s = {.pieces = 2};
    struct http_response response = {0};
    AUTO_BUF out = {0};
    begin(&response, &s);
    assert_int_equal(answer_stream_next(&response, &out, NULL), ERR_OK);
    assert_string_equal(buf_cstr(&out), "1,");
    assert_true(response.stream.source != NULL && s.closed == 0);
    assert_int_equal(answer_stream_next(&response, &out, NULL), ERR_OK);
    assert_string_equal(buf_cstr(&out), "1,2,");
    assert_true(response.stream.source == NULL && s.closed == 1);
    http_response_fini(&response);
    assert_int_equal(s.closed, 1);
}

static void a_stream_that_is_left_is_closed(void **state)
{
    struct source_state s = {.pieces = 9};
    struct http_response response = {0};
    begin(&response, &s);
    http_response_fini(&response);
    assert_true(s.made == 0 && s.closed == 1);
}

static void the_rest_is_collected(void **state)
{
    struct source_state s = {.pieces = 4};
    struct http_response response = {0};
    begin(&response, &s);
    assert_int_equal(answer_stream_next(&response, &response.body, NULL), ERR_OK);
    assert_int_equal(answer_stream_collect(&response, NULL), ERR_OK);
    assert_string_equal(buf_cstr(&response.body), "1,2,3,4,");
    assert_int_equal(answer_stream_collect(&response, NULL), ERR_OK);
    assert_int_equal(s.made, 4);
    http_response_fini(&response);
}

static void a_failure_is_told_and_becomes_the_answer(void **state)
{
    static const struct route route = {.method = "GET", .pattern = "/api/x"};
    struct source_state s = {.pieces = 4, .fails_at = 3};
    struct http_response response = {0};
    struct http_request request = {.method = "GET"};
    AUTO_BUF out = {0};
    begin(&response, &s);
    assert_true(router_stream_next(&route, &request, &response, &out));
    assert_true(router_stream_next(&route, &request, &response, &out));
    assert_false(router_stream_next(&route, &request, &response, &out));
    assert_true(response.status >= 500 && response.stream.source == NULL && s.closed == 1);
    assert_non_null(strstr(buf_cstr(&response.body), "piece 3 is lost"));
    http_response_fini(&response);
    assert_int_equal(s.closed, 1);
}

static void a_piece_that_does_not_fit_is_a_failure(void **state)
{
    struct source_state s = {.pieces = 4};
    struct http_response response = {0};
    AUTO_BUF out = {.limit = 1};
    begin(&response, &s);
    assert_int_equal(answer_stream_next(&response, &out, NULL), ERR_NOMEM);
    http_response_fini(&response);
    assert_int_equal(s.closed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_come_one_by_one_and_the_last_closes),
        cmocka_unit_test(a_stream_that_is_left_is_closed),
        cmocka_unit_test(the_rest_is_collected),
        cmocka_unit_test(a_failure_is_told_and_becomes_the_answer),
        cmocka_unit_test(a_piece_that_does_not_fit_is_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
