/*
 * Messages of a gateway on any bytes. The first byte chooses the kind of message and the limits. Always checked: values
 * are taken as a whole or not at all, for devices that were named; what a part says is what the device itself would
 * have said; the names that are visited are those that were asked for; errors say why.
 */
#include "base/text.h"
#include "hub/gateway_body.h"
#include "hub/gateway_message.h"
#include "hub/telemetry.h"

enum { NOW = 1700000000, NAMES = 1000 };

/* What the parser asked for. A name's number is its length; empty ones are nobody's. */
struct asked {
    uint32_t count;
    uint64_t sum;
    bool has_unknown;
};

static void count_name(struct asked *asked, struct slice name)
{
    CHECK(text_is_utf8(name));
    asked->count++;
    asked->sum += name.len;
    asked->has_unknown |= name.len == 0;
}

static uint64_t number_of(void *arg, struct slice name)
{
    count_name(arg, name);
    return name.len;
}

static err_t visit(void *arg, struct slice name, struct problem *problem)
{
    count_name(arg, name);
    return ERR_OK;
}

static void check_problem(err_t err, const struct problem *problem, size_t size)
{
    CHECK(err == ERR_OK || err == ERR_INVALID || err == ERR_LIMIT || err == ERR_AGAIN ||
          err == ERR_NOT_FOUND);
    CHECK(err == ERR_OK || (problem->text[0] != '\0' && problem->at <= size));
    CHECK(text_is_utf8(slice_str(problem->text)));
}

static void check_entries(const struct batch *batch, bool is_telemetry)
{
    struct entry e;
    for (size_t at = 0; batch_next(batch, &at, &e);) {
        CHECK(e.kind == (is_telemetry ? ENTRY_POINT : ENTRY_ATTRIBUTE));
        CHECK((is_telemetry ? e.point.device : e.attribute.device) != 0);
        CHECK(!is_telemetry || e.point.ts >= 0);
        CHECK(is_telemetry || e.attribute.scope == SCOPE_CLIENT);
    }
}

static void check_values(struct slice payload, const struct body_options *options, bool is_telemetry)
{
    struct asked asked = {0}, visited = {0};
    const struct gateway_names names = {number_of, &asked};
    struct batch batch = {.bytes.limit = 100000};
    struct problem problem = {0};
    err_t err = is_telemetry ? gateway_telemetry_parse(payload, options, &names, &batch, &problem)
                             : gateway_attributes_parse(payload, options, &names, &batch, &problem);
    check_problem(err, &problem, payload.len);
    CHECK(buf_is_ok(&batch.bytes) && (err == ERR_OK || batch.bytes.len == 0));
    CHECK(err != ERR_OK || !asked.has_unknown);
    check_entries(&batch, is_telemetry);
    batch_fini(&batch);
    if (err != ERR_OK && err != ERR_NOT_FOUND)
        return;
    CHECK((err == ERR_NOT_FOUND) == asked.has_unknown);
    CHECK(gateway_names_parse(payload, options, visit, &visited, &problem) == ERR_OK);
    CHECK(visited.count == asked.count && visited.sum == asked.sum);
}

/* Behind the name A stands what the device would publish: the same outcome, the same entries. */
static void check_same_as_device(struct slice payload, struct body_options options)
{
    AUTO_BUF wrapped = {0};
    struct asked asked = {0};
    const struct gateway_names names = {number_of, &asked};
    struct batch alone = {0}, behind = {0};
    struct body_scratch other = {0};
    buf_append_str(&wrapped, "{A:");
    buf_append_slice(&wrapped, payload);
    buf_append_str(&wrapped, "\n}");
    options.device = 1;
    options.max_depth--;
    err_t expected = telemetry_parse(payload, &options, &alone, NULL);
    options.max_depth++;
    options.scratch = &other;
    err_t err = gateway_telemetry_parse(buf_slice(&wrapped), &options, &names, &behind, NULL);
    if (expected == ERR_OK && asked.count == 1 && err == ERR_OK)
        CHECK(slice_eq(buf_slice(&alone.bytes), buf_slice(&behind.bytes)));
    body_scratch_fini(&other);
    batch_fini(&alone);
    batch_fini(&behind);
}

static void check_message(enum device_topic topic, struct slice payload, const struct body_options *options)
{
    struct gateway_message m;
    struct problem problem = {0};
    err_t err = gateway_message_parse(topic, payload, options, &m, &problem);
    check_problem(err, &problem, payload.len);
    if (err != ERR_OK)
        return;
    CHECK(text_is_utf8(m.device) && text_is_utf8(m.type) && text_is_utf8(m.data));
    CHECK(m.id >= INT32_MIN && m.id <= INT32_MAX && m.key_count <= options->max_keys);
    CHECK((topic == TOPIC_GATEWAY_RPC) == (m.data.len != 0));
    for (size_t i = 0; i < m.key_count; i++)
        CHECK(text_is_utf8(m.keys[i]));
    gateway_message_fini(&m);
}

static err_t take_claim(void *arg, const struct gateway_claim *claim, struct problem *problem)
{
    CHECK(text_is_utf8(claim->device) && text_is_utf8(claim->secret) && claim->duration_ms >= 0);
    ++*(uint32_t *)arg;
    return ERR_OK;
}

static void check_claims(struct slice payload, const struct body_options *options)
{
    uint32_t count = 0;
    struct problem problem = {0};
    err_t err = gateway_claims_parse(payload, options, take_claim, &count, &problem);
    check_problem(err, &problem, payload.len);
    CHECK(count <= options->max_devices);
    CHECK(gateway_claims_parse(payload, options, NULL, NULL, NULL) == err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct body_scratch scratch = {0};
    if (size == 0)
        return 0;
    const struct body_options options = {
        .now_ms = NOW,
        .type_cast = true,
        .max_keys = (data[0] & 8) != 0 ? 3 : 100000,
        .max_devices = (data[0] & 8) != 0 ? 2 : NAMES,
        .max_depth = (data[0] & 0x40) != 0 ? 4 : JSON_DEPTH_MAX,
        .scratch = &scratch,
    };
    struct slice payload = slice_of(data + 1, size - 1);
    switch (data[0] & 7) {
    case 0: check_values(payload, &options, true); break;
    case 1: check_values(payload, &options, false); break;
    case 2: check_same_as_device(payload, options); break;
    case 3: check_message(TOPIC_GATEWAY_CONNECT, payload, &options); break;
    case 4: check_message(TOPIC_GATEWAY_ATTRIBUTES_REQUEST, payload, &options); break;
    case 5: check_message(TOPIC_GATEWAY_RPC, payload, &options); break;
    case 6: check_claims(payload, &options); break;
    case 7: check_message(TOPIC_GATEWAY_DISCONNECT, payload, &options); break;
    }
    body_scratch_fini(&scratch);
    return 0;
}
