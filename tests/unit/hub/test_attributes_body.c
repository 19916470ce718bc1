#include "hub/attributes_body.h"

#include "bodies.h"
#include "unit.h"

static void values_become_client_attributes(void **state)
{
    static const struct {
        const char *payload, *attributes;
    } rows[] = {
        {"{firmware:'1.2.3',\"port\":'25',on:true,x:null}", "firmware@1000=s1.2.3 port@1000=l25 on@1000=b1"},
        {"{ts:5,values:{a:1}}", "ts@1000=l5 values@1000=j{\"a\":1}"},
        {"{}", ""},
    };
    struct body_scratch scratch = {0};
    struct body_options options = body_test_options(&scratch);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct batch batch = {0};
        AUTO_BUF text = {0};
        assert_int_equal(attributes_parse(slice_str(rows[i].payload), SCOPE_CLIENT, &options, &batch, NULL),
                         ERR_OK);
        append_test_batch(&text, &batch);
        assert_string_equal(buf_cstr(&text), rows[i].attributes);
        assert_int_equal(batch.points, 0);
        batch_fini(&batch);
    }
    body_scratch_fini(&scratch);
}

static void a_bad_attributes_body_leaves_the_batch_alone(void **state)
{
    static const struct {
        const char *payload;
        err_t err;
        size_t at;
        const char *text;
    } rows[] = {
        {"[{a:1}]", ERR_INVALID, 0, "byte 0: expected an object, found an array"},
        {"", ERR_INVALID, 0, "payload is not JSON: byte 0, expected a value, found the end of the text"},
        {"{a:1}{", ERR_INVALID, 5,
         "payload is not JSON: byte 5, expected nothing after the value, found '{'"},
        {"{a:1,'':2}", ERR_INVALID, 5, "byte 5: '' is an empty key; expected 1 to 255 bytes"},
        {"{a:1,b:1e500}", ERR_LIMIT, 7, "byte 7: 'b' has more than 400 digits"},
    };
    struct body_scratch scratch = {0};
    struct body_options options = body_test_options(&scratch);
    struct batch batch = {0};
    assert_int_equal(attributes_parse(SLICE("{before:1}"), SCOPE_CLIENT, &options, &batch, NULL), ERR_OK);
    struct batch_mark mark = batch_mark(&batch);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct problem problem = {0};
        assert_int_equal(
            attributes_parse(slice_str(rows[i].payload), SCOPE_CLIENT, &options, &batch, &problem),
            rows[i].err);
        assert_string_equal(problem.text, rows[i].text);
        assert_int_equal(problem.at, rows[i].at);
        assert_int_equal(batch.bytes.len, mark.len);
        assert_int_equal(batch.attributes, 1);
    }
    body_scratch_fini(&scratch);
    batch_fini(&batch);
}

/* ---- requests --------------------------------------------------------------------------------------------
 */

static void append_keys(struct buf *out, const char *scope, bool is_wanted, struct slice keys)
{
    struct slice key;
    if (!is_wanted)
        return;
    buf_printf(out, "%s:%s", scope, keys.len == 0 ? "all" : "");
    while (attribute_request_key(&keys, &key))
        buf_printf(out, "<%.*s>", SLICE_ARG(key));
}

static void requests_name_scopes_and_keys(void **state)
{
    static const struct {
        const char *payload, *wants;
    } rows[] = {
        {"{\"clientKeys\":\"a,b\",\"sharedKeys\":\"c\"}", "client:<a><b>shared:<c>"},
        {"{clientKeys:a}", "client:<a>"},
        {"{sharedKeys:'a,b'}", "shared:<a><b>"},
        {"{}", "client:allshared:all"},
        {"{other:[1,{}]}", "client:allshared:all"},
        {"{clientKeys:''}", "client:all"},
        {"{clientKeys:' , ,'}", "client:all"},
        {"{clientKeys:' a b ,,\\tc\\n,'}", "client:<a b><c>"},
        {"{clientKeys:5,sharedKeys:true}", "client:<5>shared:<true>"},
        {"{clientKeys:a,clientKeys:b}", "client:<b>"},
        {"{'clientKeys':'\\u0061,\\u00e4','sharedKeys':'\\u0062'}", "client:<a><\xc3\xa4>shared:<b>"},
    };
    struct body_scratch scratch = {0};
    struct body_options options = body_test_options(&scratch);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO_BUF text = {0};
        struct attribute_request request;
        assert_int_equal(attribute_request_parse(slice_str(rows[i].payload), &options, &request, NULL),
                         ERR_OK);
        append_keys(&text, "client", request.wants_client, request.client_keys);
        append_keys(&text, "shared", request.wants_shared, request.shared_keys);
        assert_string_equal(buf_cstr(&text), rows[i].wants);
    }
    body_scratch_fini(&scratch);
}

static void bad_requests_are_told(void **state)
{
    static const struct {
        const char *payload;
        err_t err;
        const char *text;
    } rows[] = {
        {"", ERR_INVALID, "payload is not JSON: byte 0, expected a value, found the end of the text"},
        {"[]", ERR_INVALID, "byte 0: expected an object, found an array"},
        {"{clientKeys:null}", ERR_INVALID, "byte 12: expected a string of keys joined by commas, found null"},
        {"{sharedKeys:['a']}", ERR_INVALID,
         "byte 12: expected a string of keys joined by commas, found an array"},
        {"{clientKeys:a} x", ERR_INVALID,
         "payload is not JSON: byte 15, expected nothing after the value, found 'x'"},
        {"{clientKeys:'1,2,3,4,5,6',sharedKeys:'1,2,3,4,5'}", ERR_LIMIT,
         "asks for more than the allowed 10 keys"},
    };
    struct body_scratch scratch = {0};
    struct body_options options = body_test_options(&scratch);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct problem problem = {0};
        struct attribute_request request = {.wants_client = true};
        assert_int_equal(attribute_request_parse(slice_str(rows[i].payload), &options, &request, &problem),
                         rows[i].err);
        assert_string_equal(problem.text, rows[i].text);
        assert_true(request.wants_client && !request.wants_shared);
    }
    body_scratch_fini(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_become_client_attributes),
        cmocka_unit_test(a_bad_attributes_body_leaves_the_batch_alone),
        cmocka_unit_test(requests_name_scopes_and_keys),
        cmocka_unit_test(bad_requests_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
