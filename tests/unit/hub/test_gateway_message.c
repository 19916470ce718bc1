#include "hub/gateway_message.h"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_KEYS = 3, MAX_DEVICES = 2 };

static struct body_scratch scratch;
static const struct body_options options = {
    .max_keys = MAX_KEYS, .max_devices = MAX_DEVICES, .max_depth = 8, .scratch = &scratch};

/* "device|type|id|scope keys..|data" */
static void describe(const struct gateway_message *m, struct buf *out)
{
    buf_printf(out, "%.*s|%.*s|%d|%s", SLICE_ARG(m->device), SLICE_ARG(m->type), (int)m->id,
               m->wants_client ? "client" : "shared");
    for (size_t i = 0; i < m->key_count; i++)
        buf_printf(out, " %.*s", SLICE_ARG(m->keys[i]));
    buf_printf(out, "|%.*s", SLICE_ARG(m->data));
}

static void messages_are_read_leniently(void **state)
{
    static const struct {
        enum device_topic topic;
        const char *payload, *message;
    } rows[] = {
        {TOPIC_GATEWAY_CONNECT, "{\"device\":\"A\",\"type\":\"pump\"}", "A|pump|0|shared|"},
        {TOPIC_GATEWAY_CONNECT, "{device:A}", "A||0|shared|"},
        {TOPIC_GATEWAY_CONNECT, "{device:12,type:null,more:[1]}", "12||0|shared|"},
        {TOPIC_GATEWAY_CONNECT, "{device:'a\\u0041'}", "aA||0|shared|"},
        {TOPIC_GATEWAY_DISCONNECT, "{device:A,type:pump}", "A||0|shared|"},
        {TOPIC_GATEWAY_ATTRIBUTES_REQUEST, "{\"id\":1,\"device\":\"A\",\"client\":true,\"key\":\"k\"}",
         "A||1|client k|"},
        {TOPIC_GATEWAY_ATTRIBUTES_REQUEST, "{keys:[k,'l',5],client:FALSE,device:A,id:'-2147483648'}",
         "A||-2147483648|shared k l 5|"},
        {TOPIC_GATEWAY_ATTRIBUTES_REQUEST, "{id:1,device:A,keys:[]}", "A||1|shared|"},
        {TOPIC_GATEWAY_ATTRIBUTES_REQUEST, "{id:1,device:A,keys:[a,b,c],keys:[d]}", "A||1|shared d|"},
        {TOPIC_GATEWAY_RPC, "{device:A,id:7,data:{ok:true , n:[1,]}}",
         "A||7|shared|{\"ok\":true,\"n\":[1,null]}"},
        {TOPIC_GATEWAY_RPC, "{device:A,id:7,data:done,error:x}", "A||7|shared|\"done\""},
        {TOPIC_GATEWAY_RPC, "{device:A,id:7,data:null}", "A||7|shared|null"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct gateway_message m = {0};
        struct problem problem = {0};
        AUTO_BUF text = {0};
        assert_int_equal(
            gateway_message_parse(rows[i].topic, slice_str(rows[i].payload), &options, &m, &problem), ERR_OK);
        describe(&m, &text);
        assert_string_equal(buf_cstr(&text), rows[i].message);
        gateway_message_fini(&m);
    }
}

static void what_is_wrong_is_told(void **state)
{
    static const struct {
        enum device_topic topic;
        const char *payload;
        err_t err;
        const char *text;
    } rows[] = {
        {TOPIC_GATEWAY_CONNECT, "{}", ERR_INVALID, "the message has no 'device'"},
        {TOPIC_GATEWAY_CONNECT, "[A]", ERR_INVALID, "byte 0: expected an object, found an array"},
        {TOPIC_GATEWAY_CONNECT, "{device:null}", ERR_INVALID,
         "byte 8: expected 'device' to be a name, found null"},
        {TOPIC_GATEWAY_CONNECT, "{device:A,type:{}}", ERR_INVALID,
         "byte 15: expected 'type' to be the name of a profile, found an object"},
        {TOPIC_GATEWAY_CONNECT, "{device:A}}", ERR_INVALID,
         "payload is not JSON: byte 10, expected nothing after the value, found '}'"},
        {TOPIC_GATEWAY_ATTRIBUTES_REQUEST, "{device:A,key:k}", ERR_INVALID, "the message has no 'id'"},
        {TOPIC_GATEWAY_ATTRIBUTES_REQUEST, "{device:A,id:1}", ERR_INVALID, "the message has no 'keys'"},
        {TOPIC_GATEWAY_ATTRIBUTES_REQUEST, "{device:A,id:1,client:5,key:k}", ERR_INVALID,
         "byte 22: expected 'client' to be true or false, found a number"},
        {TOPIC_GATEWAY_ATTRIBUTES_REQUEST, "{device:A,id:2147483648,key:k}", ERR_INVALID,
         "byte 13: expected 'id' to be a whole number of 32 bits, found a number"},
        {TOPIC_GATEWAY_ATTRIBUTES_REQUEST, "{device:A,id:1,keys:[{}]}", ERR_INVALID,
         "byte 21: expected the name of an attribute, found an object"},
        {TOPIC_GATEWAY_ATTRIBUTES_REQUEST, "{device:A,id:1,keys:[a,b,c,d]}", ERR_LIMIT,
         "asks for more than the allowed 3 keys"},
        {TOPIC_GATEWAY_RPC, "{device:A,id:1}", ERR_INVALID, "the message has no 'data'"},
        {TOPIC_GATEWAY_RPC, "{device:A,id:x,data:1}", ERR_INVALID,
         "byte 13: expected 'id' to be a whole number of 32 bits, found a string"},
        {TOPIC_GATEWAY_RPC, "{device:A,id:1,data:[[[[[[[[]]]]]]]]}", ERR_LIMIT,
         "byte 27: nested deeper than the allowed 8"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct gateway_message m;
        struct problem problem = {0};
        assert_int_equal(
            gateway_message_parse(rows[i].topic, slice_str(rows[i].payload), &options, &m, &problem),
            rows[i].err);
        assert_string_equal(problem.text, rows[i].text);
    }
}

/* ---- several devices ------------------------------------------------------------------------------------- */

static err_t note_claim(void *arg, const struct gateway_claim *claim, struct problem *problem)
{
    buf_printf(arg, "%.*s:%.*s:%lld ", SLICE_ARG(claim->device), SLICE_ARG(claim->secret),
               (long long)claim->duration_ms);
    return claim->secret.len == 4 ? fail(problem, ERR_DENIED, "secretKey", "not this one") : ERR_OK;
}

static err_t note_name(void *arg, struct slice name, struct problem *problem)
{
    buf_printf(arg, "%.*s ", SLICE_ARG(name));
    return ERR_OK;
}

static void claims_are_read_one_by_one(void **state)
{
    static const struct {
        const char *payload;
        err_t err;
        const char *claims;
    } rows[] = {
        {"{\"A\":{\"secretKey\":\"s\",\"durationMs\":60000},\"B\":{}}", ERR_OK, "A:s:60000 B::0 "},
        {"{A:{durationMs:0,secretKey:5,x:[]}}", ERR_OK, "A:5:0 "},
        {"{A:{secretKey:stop},B:{}}", ERR_DENIED, "A:stop:0 "},
        {"{A:{durationMs:-1}}", ERR_INVALID, ""},
        {"{A:{secretKey:[]}}", ERR_INVALID, ""},
        {"{A:{},B:5}", ERR_INVALID, "A::0 "},
        {"{A:{},B:{},C:{}}", ERR_LIMIT, "A::0 B::0 "},
        {"5", ERR_INVALID, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO_BUF text = {0};
        assert_int_equal(gateway_claims_parse(slice_str(rows[i].payload), &options, note_claim, &text, NULL),
                         rows[i].err);
        assert_string_equal(buf_cstr(&text), rows[i].claims);
        bool is_in_order = rows[i].err == ERR_OK || rows[i].err == ERR_DENIED;
        assert_int_equal(gateway_claims_parse(slice_str(rows[i].payload), &options, NULL, NULL, NULL),
                         is_in_order ? ERR_OK : rows[i].err);
    }
}

static void names_are_visited_in_order(void **state)
{
    static const struct {
        const char *payload;
        err_t err;
        const char *names;
    } rows[] = {
        {"{A:[{k:1}],B:5}", ERR_OK, "A B "},  {"{A:1,A:1}", ERR_OK, "A A "}, {"{}", ERR_OK, ""},
        {"{A:1,B:1,C:1}", ERR_LIMIT, "A B "}, {"[A]", ERR_INVALID, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO_BUF text = {0};
        assert_int_equal(gateway_names_parse(slice_str(rows[i].payload), &options, note_name, &text, NULL),
                         rows[i].err);
        assert_string_equal(buf_cstr(&text), rows[i].names);
    }
}

static int free_scratch(void **state)
{
    body_scratch_fini(&scratch);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_read_leniently),
        cmocka_unit_test(what_is_wrong_is_told),
        cmocka_unit_test(claims_are_read_one_by_one),
        cmocka_unit_test(names_are_visited_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, free_scratch);
}
