#include "http/live_work.h"

#include "http/access.h"
#include "http/auth.h"
#include "http/live_entity.h"
#include "http/live_values.h"
#include "hub/live.h"

#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>

_Static_assert(LIVE_HEAD >= LWS_PRE, "there is room for the frame's header");

void live_subscription_end(struct live *live, struct live_subscription *s)
{
    for (size_t i = 0; s != NULL && i < s->target_count; i++)
        live_unwatch(live, s->targets[i].device);
    live_subscription_free(s);
}

void live_outcome_free(struct live *live, struct live_outcome *outcome)
{
    live_subscription_end(live, outcome->begins);
    buf_fini(&outcome->answer);
    free(outcome);
}

void live_text_begin(struct buf *out)
{
    static const uint8_t head[LIVE_HEAD];
    buf_clear(out);
    buf_append(out, head, sizeof head);
}

/* ---- answers ----------------------------------------------------------------------------------------------- */

static int code_of(err_t err)
{
    switch (err) {
    case ERR_INVALID:
    case ERR_LIMIT:
    case ERR_NOT_FOUND:
    case ERR_CONFLICT: return 2; /* bad request */
    case ERR_AUTH:
    case ERR_DENIED: return 3; /* unauthorised */
    default: return 1;         /* internal */
    }
}

void live_write_error(int32_t id, err_t err, const char *message, struct buf *out)
{
    AUTO_JSON document = json_pack("{s:i, s:i, s:i, s:s, s:n, s:n}", "subscriptionId", id, "cmdId", id,
                                   "errorCode", code_of(err), "errorMsg", message, "data", "update");
    document_write(document, out);
}

/* One that cannot even be told is out of memory: then nothing is. */
static struct live_outcome *add_outcome(struct live_work *work, int32_t id)
{
    struct live_outcome *outcome = calloc(1, sizeof *outcome), **last = &work->outcomes;
    if (outcome == NULL)
        return NULL;
    outcome->id = id;
    outcome->answer.limit = work->answer_max;
    live_text_begin(&outcome->answer);
    while (*last != NULL)
        last = &(*last)->next;
    *last = outcome;
    return outcome;
}

static void on_fault(void *arg, int32_t id, const struct problem *problem)
{
    struct live_outcome *outcome = add_outcome(arg, id);
    if (outcome != NULL)
        live_write_error(id, ERR_INVALID, problem->text, &outcome->answer);
}

static err_t write_answer(struct live_outcome *outcome, const json_t *document, struct problem *problem)
{
    document_write(document, &outcome->answer);
    if (buf_is_ok(&outcome->answer))
        return ERR_OK;
    return fail(problem, ERR_LIMIT, "",
                "the answer would be larger than %zu bytes (live.max_queued); ask for less, "
                "or by REST",
                outcome->answer.limit);
}

/* ---- commands on one device -------------------------------------------------------------------------------- */

static json_t *latest_values(const json_t *data)
{
    json_t *latest = json_object();
    const char *key;
    json_t *list;
    json_object_foreach((json_t *)(uintptr_t)data, key, list)
    {
        json_t *ts = json_array_get(json_array_get(list, 0), 0);
        if (ts != NULL)
            json_object_set(latest, key, ts);
    }
    return latest;
}

static err_t read_present(const struct live_command *command, struct live_reading *reading,
                          struct problem *problem)
{
    bool has_range = command->range.start_ms != 0 && command->keys[0] != '\0';
    if (command->kind == LIVE_ATTRIBUTES)
        return live_read_attributes(reading, command->keys, command->scope, problem);
    if (command->kind == LIVE_HISTORY || has_range)
        return live_read_history(reading, command->keys, &command->range, false, problem);
    return live_read_latest(reading, command->keys, problem);
}

/* Watched before anything is read, so that nothing comes in between. */
static err_t subscribe(struct call *call, const struct live_command *command, const struct device *device,
                       struct live_subscription **ret, struct problem *problem)
{
    struct live *live = call->api->hub->live;
    struct live_subscription *s = live_subscription_new(command->id, command->kind, command->keys, 1);
    if (s == NULL || live_watch(live, device->number) != ERR_OK) {
        live_subscription_free(s);
        return fail(problem, ERR_NOMEM, "", "no memory for the subscription");
    }
    s->scope = command->scope;
    s->is_strict = command->is_strict;
    s->targets[0].device = device->number;
    s->targets[0].id = device->id;
    s->read_at = live_count(live);
    *ret = s;
    return ERR_OK;
}

static err_t answer_values(struct call *call, const struct live_command *command, uint64_t device,
                           struct live_outcome *outcome, struct problem *problem)
{
    AUTO_JSON data = json_object();
    struct live_target *target = outcome->begins != NULL ? &outcome->begins->targets[0] : NULL;
    struct live_reading reading = {call->api->hub->series, target, device, data, command->is_strict};
    TRY(read_present(command, &reading, problem));
    AUTO_JSON answer = json_pack("{s:i, s:i, s:n, s:O, s:o}", "subscriptionId", command->id, "errorCode", 0,
                                 "errorMsg", "data", data, "latestValues", latest_values(data));
    return write_answer(outcome, answer, problem);
}

static err_t run_on_device(struct call *call, const struct live_command *command,
                           struct live_outcome *outcome, struct problem *problem)
{
    struct device device;
    TRY(access_device(call, &command->entity, RIGHT_READ, &device, problem));
    err_t err = ERR_OK;
    if (command->kind != LIVE_HISTORY)
        err = subscribe(call, command, &device, &outcome->begins, problem);
    if (err == ERR_OK)
        err = answer_values(call, command, device.number, outcome, problem);
    device_fini(&device);
    return err;
}

/* ---- commands on many -------------------------------------------------------------------------------------- */

static err_t run_entity_data(struct call *call, const struct live_command *command,
                             struct live_outcome *outcome, struct problem *problem)
{
    json_t *data = NULL;
    err_t err = live_entity_data(call, command, &outcome->begins, &data, problem);
    AUTO_JSON answer = json_pack("{s:i, s:s, s:o?, s:n, s:i, s:n}", "cmdId", command->id, "cmdUpdateType",
                                 "ENTITY_DATA", "data", data, "update", "errorCode", 0, "errorMsg");
    return err == ERR_OK ? write_answer(outcome, answer, problem) : err;
}

static err_t run_entity_count(struct call *call, const struct live_command *command,
                              struct live_outcome *outcome, struct problem *problem)
{
    json_t *query = NULL;
    uint64_t count = 0;
    TRY(document_get_object(command->body, "query", &query, problem));
    if (query == NULL)
        return fail(problem, ERR_INVALID, "query", "query is missing; expected an object");
    TRY(live_entity_count(call, query, &count, problem));
    struct live_subscription *s = live_subscription_new(command->id, LIVE_ENTITY_COUNT, NULL, 0);
    if (s == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the subscription");
    s->query = json_incref(query);
    s->count = count;
    outcome->begins = s;
    AUTO_JSON answer = json_pack("{s:i, s:s, s:I, s:i, s:n}", "cmdId", command->id, "cmdUpdateType",
                                 "COUNT_DATA", "count", (json_int_t)count, "errorCode", 0, "errorMsg");
    return write_answer(outcome, answer, problem);
}

static err_t run_command(struct call *call, const struct live_command *command, struct live_outcome *outcome,
                         struct problem *problem)
{
    switch (command->kind) {
    case LIVE_TIMESERIES:
    case LIVE_ATTRIBUTES:
    case LIVE_HISTORY: return run_on_device(call, command, outcome, problem);
    case LIVE_ENTITY_DATA: return run_entity_data(call, command, outcome, problem);
    case LIVE_ENTITY_COUNT: return run_entity_count(call, command, outcome, problem);
    case LIVE_END: return ERR_OK;
    }
    return ERR_INTERNAL;
}

static void run(struct live_work *work, struct call *call, const struct live_command *command)
{
    struct problem problem = {0};
    struct live_outcome *outcome = add_outcome(work, command->id);
    if (outcome == NULL)
        return;
    outcome->ends = command->kind != LIVE_HISTORY;
    err_t err = run_command(call, command, outcome, &problem);
    if (err == ERR_OK)
        return;
    live_subscription_end(work->api->hub->live, outcome->begins);
    outcome->begins = NULL;
    live_text_begin(&outcome->answer);
    live_write_error(command->id, err, problem.text[0] != '\0' ? problem.text : err_info(err)->name,
                     &outcome->answer);
}

/* ---- the message ------------------------------------------------------------------------------------------- */

static void refuse(struct live_work *work, const char *why)
{
    snprintf(work->refusal, sizeof work->refusal, "%.60s", why);
}

/* @return false: the socket is refused */
static bool log_in(struct live_work *work, struct call *call, const struct live_message *message)
{
    struct problem problem = {0};
    struct slice session = slice_str(work->session);
    if (message->token == NULL && (work->is_known || session.len == 0))
        return true;
    err_t err = message->token != NULL ? auth_identify_token(call, slice_str(message->token), &problem)
                                       : page_session_resume(call, session, &problem);
    if (err != ERR_OK) {
        refuse(work, problem.text);
        return false;
    }
    work->who = call->who;
    work->is_known = true;
    return true;
}

void live_work(struct live_work *work)
{
    const struct http_request request = {0};
    struct call call = {.api = work->api, .request = &request, .who = work->who};
    struct live_message message;
    struct problem problem = {0};
    AUTO_JSON document = NULL;
    err_t err = document_parse(work->message, &document, &problem);
    if (err == ERR_OK)
        err = live_message_read(document, on_fault, work, &message, &problem);
    if (err != ERR_OK) {
        on_fault(work, 0, &problem);
        return;
    }
    bool may_go_on = log_in(work, &call, &message);
    if (may_go_on && !work->is_known)
        refuse(work, "log in first: authCmd");
    for (size_t i = 0; may_go_on && work->is_known && i < message.count; i++)
        run(work, &call, &message.commands[i]);
    live_message_fini(&message);
}
