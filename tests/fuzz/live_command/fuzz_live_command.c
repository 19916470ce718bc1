/* A message on /api/ws: whatever it says, commands hold what their kinds promise, and the rest is told as a fault. */
#include "http/document.h"
#include "http/live_command.h"
#include "http/live_filter.h"

struct faults {
    size_t count;
};

static void on_fault(void *arg, int32_t id, const struct problem *problem)
{
    struct faults *faults = arg;
    faults->count++;
    CHECK(problem->text[0] != '\0');
}

/* Filters that were taken can be judged; those that look at values would ask the store. */
static void check_filters(const json_t *query)
{
    struct live_filters filters = {0};
    struct problem problem = {0};
    struct device device = {.name = "a", .type = "b", .created_ms = 1};
    bool is_wanted, needs_store = false;
    if (live_filters_read(query, &filters, &problem) != ERR_OK) {
        CHECK(problem.text[0] != '\0');
        return;
    }
    CHECK(filters.count <= LIVE_FILTERS_MAX);
    for (size_t i = 0; i < filters.count; i++)
        needs_store |= filters.filters[i].field == NULL;
    if (!needs_store)
        CHECK(live_filters_judge(&filters, NULL, &device, &is_wanted, &problem) == ERR_OK);
}

static void check(const struct live_command *c)
{
    bool is_series = c->kind == LIVE_TIMESERIES || c->kind == LIVE_ATTRIBUTES || c->kind == LIVE_HISTORY;
    CHECK(c->id >= 0);
    CHECK(json_is_object(c->body));
    if (!is_series) {
        check_filters(json_object_get(c->body, "query"));
        return;
    }
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
