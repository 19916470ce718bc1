/* A message on /api/ws: whatever it says, commands hold what their kinds promise, and the rest is told as a fault. */
#include "http/document.h"
#include "http/live_command.h"

struct faults {
    size_t count;
};

static void on_fault(void *arg, int32_t id, const struct problem *problem)
{
    struct faults *faults = arg;
    faults->count++;
    CHECK(problem->text[0] != '\0');
}

static void check(const struct live_command *c)
{
    bool is_series = c->kind == LIVE_TIMESERIES || c->kind == LIVE_ATTRIBUTES || c->kind == LIVE_HISTORY;
    CHECK(c->id >= 0);
    CHECK(json_is_object(c->body));
    if (!is_series)
        return;
    CHECK(c->keys != NULL && (c->kind != LIVE_HISTORY || c->keys[0] != '\0'));
    CHECK(c->range.limit >= 1 && c->range.limit <= LIVE_LIMIT_MAX);
    CHECK(c->range.start_ms >= 0 && c->range.end_ms >= 0 && c->range.window_ms >= 0 &&
          c->range.interval_ms >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_JSON document = NULL;
    struct live_message message;
    struct problem problem = {0};
    struct faults faults = {0};
    if (document_parse(slice_of(data, size), &document, &problem) != ERR_OK)
        return 0;
    if (live_message_read(document, on_fault, &faults, &message, &problem) != ERR_OK) {
        CHECK(problem.text[0] != '\0');
        return 0;
    }
    CHECK(message.count + faults.count <= LIVE_COMMANDS_MAX);
    for (size_t i = 0; i < message.count; i++)
        check(&message.commands[i]);
    live_message_fini(&message);
    return 0;
}
