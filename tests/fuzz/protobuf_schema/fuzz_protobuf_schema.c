/*
 * Any text as the schema of a profile. What compiles must read an empty message, and what it writes of that must be
 * JSON; what does not compile must be told.
 */
#include "protobuf/schema.h"
#include "json/reader.h"

static void check_json(struct slice text)
{
    AUTO_BUF scratch = {0};
    struct json_reader reader;
    struct json_token token;
    json_reader_init(&reader, text, JSON_MODE_STRICT, JSON_DEPTH_MAX, &scratch, NULL);
    do
        CHECK(json_next(&reader, &token) == ERR_OK);
    while (token.kind != JSON_TOKEN_END);
}

static void use(const struct schema *schema)
{
    AUTO_BUF json = {.limit = 1 << 20};
    AUTO_BUF payload = {.limit = 1 << 20};
    struct problem problem = {0};
    CHECK(schema_message_name(schema)[0] != '\0');
    if (schema_decode(schema, slice_of(NULL, 0), &json, &problem) != ERR_OK)
        return; /* names too long for the limit */
    check_json(buf_slice(&json));
    CHECK(schema_encode(schema, buf_slice(&json), &payload, &problem) == ERR_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct schema *schema = NULL;
    struct problem problem = {0};
    err_t err = schema_compile(slice_of(data, size), "schema", &schema, &problem);
    CHECK(err == ERR_OK || err == ERR_INVALID || err == ERR_LIMIT);
    if (err == ERR_OK)
        use(schema);
    else
        CHECK(schema == NULL && problem.text[0] != '\0');
    schema_free(schema);
    return 0;
}
