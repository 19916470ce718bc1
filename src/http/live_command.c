#include "http/live_command.h"

#include <stdlib.h>
#include <string.h>

/* ---- members ----------------------------------------------------------------------------------------------- */

static err_t read_time(const json_t *object, const char *name, int64_t *ret, struct problem *problem)
{
    TRY(document_get_integer(object, name, ret, NULL, problem));
    if (*ret < 0)
        return fail(problem, ERR_INVALID, name, "%s is %lld; expected milliseconds, not below 0", name,
                    (long long)*ret);
    return ERR_OK;
}

static err_t read_aggregation(const json_t *object, enum aggregation *ret, struct problem *problem)
{
    const char *name = NULL;
    TRY(document_get_string(object, "agg", &name, problem));
    *ret = AGG_NONE;
    if (name == NULL || name[0] == '\0' || aggregation_parse(slice_str(name), ret))
        return ERR_OK;
    return fail(problem, ERR_INVALID, "agg", "agg is '%.32s'; expected NONE, MIN, MAX, AVG, SUM or COUNT",
                name);
}

err_t live_range_read(const json_t *object, struct live_range *ret, struct problem *problem)
{
    struct live_range range = {0};
    int64_t limit = 0;
    TRY(read_time(object, "startTs", &range.start_ms, problem));
    TRY(read_time(object, "endTs", &range.end_ms, problem));
    TRY(read_time(object, "timeWindow", &range.window_ms, problem));
    TRY(read_time(object, "interval", &range.interval_ms, problem));
    TRY(read_time(object, "limit", &limit, problem));
    TRY(read_aggregation(object, &range.aggregation, problem));
    if (limit > LIVE_LIMIT_MAX)
        return fail(problem, ERR_INVALID, "limit", "limit is %lld; expected at most %d", (long long)limit,
                    LIVE_LIMIT_MAX);
    range.limit = limit != 0 ? (uint64_t)limit : LIVE_LIMIT_DEFAULT;
    *ret = range;
    return ERR_OK;
}

static err_t read_entity(const json_t *object, struct live_command *command, struct problem *problem)
{
    const char *type = "DEVICE";
    bool is_there = false;
    TRY(document_get_string(object, "entityType", &type, problem));
    if (type == NULL || strcmp(type, "DEVICE") != 0)
        return fail(problem, ERR_INVALID, "entityType", "entityType is '%.32s'; expected DEVICE",
                    type != NULL ? type : "");
    TRY(document_get_id(object, "entityId", &command->entity, &is_there, problem));
    return is_there ? ERR_OK : fail(problem, ERR_INVALID, "entityId", "entityId is missing; expected a UUID");
}

/* Left out, or ANY_SCOPE: of attributes each. LATEST_TELEMETRY says nothing more. */
static err_t read_scope(const json_t *object, struct live_command *command, struct problem *problem)
{
    const char *name = NULL;
    TRY(document_get_string(object, "scope", &name, problem));
    bool is_any = name == NULL || name[0] == '\0' || strcmp(name, "ANY_SCOPE") == 0;
    if (command->kind != LIVE_ATTRIBUTES || is_any || scope_parse(slice_str(name), &command->scope))
        return ERR_OK;
    return fail(problem, ERR_INVALID, "scope",
                "scope is '%.32s'; expected CLIENT_SCOPE, SERVER_SCOPE, SHARED_SCOPE or ANY_SCOPE", name);
}

static err_t read_series_members(const json_t *object, struct live_command *command, struct problem *problem)
{
    TRY(read_entity(object, command, problem));
    TRY(read_scope(object, command, problem));
    TRY(document_get_string(object, "keys", &command->keys, problem));
    TRY(document_get_bool(object, "useStrictDataTypes", &command->is_strict, problem));
    TRY(live_range_read(object, &command->range, problem));
    if (command->keys == NULL)
        command->keys = "";
    if (command->kind == LIVE_HISTORY && command->keys[0] == '\0')
        return fail(problem, ERR_INVALID, "keys", "keys is missing; expected names of keys");
    return ERR_OK;
}

static err_t read_command(const json_t *object, struct live_command *command, struct problem *problem)
{
    bool ends = false, is_entity = command->kind == LIVE_ENTITY_DATA || command->kind == LIVE_ENTITY_COUNT;
    command->body = object;
    if (command->kind == LIVE_END)
        return ERR_OK;
    TRY(document_get_bool(object, "unsubscribe", &ends, problem));
    if (ends)
        command->kind = LIVE_END;
    return ends || is_entity ? ERR_OK : read_series_members(object, command, problem);
}

/* ---- messages ---------------------------------------------------------------------------------------------- */

struct reading {
    struct live_message *message;
    live_fault *on_fault;
    void *arg;
};

static int32_t id_of(const json_t *object)
{
    return (int32_t)json_integer_value(json_object_get(object, "cmdId"));
}

static err_t read_id(const json_t *object, int32_t *ret, struct problem *problem)
{
    int64_t id = 0;
    bool is_there = false;
    TRY(document_get_integer(object, "cmdId", &id, &is_there, problem));
    if (!is_there || id < 0 || id > INT32_MAX)
        return fail(problem, ERR_INVALID, "cmdId", "cmdId is %s; expected a whole number from 0 to %d",
                    is_there ? "out of range" : "missing", INT32_MAX);
    *ret = (int32_t)id;
    return ERR_OK;
}

static err_t read_kind(const json_t *object, enum live_kind *ret, struct problem *problem)
{
    static const struct {
        const char *name;
        enum live_kind kind;
    } kinds[] = {
        {"TIMESERIES", LIVE_TIMESERIES},        {"ATTRIBUTES", LIVE_ATTRIBUTES},
        {"TIMESERIES_HISTORY", LIVE_HISTORY},   {"ENTITY_DATA", LIVE_ENTITY_DATA},
        {"ENTITY_COUNT", LIVE_ENTITY_COUNT},    {"ENTITY_DATA_UNSUBSCRIBE", LIVE_END},
        {"ENTITY_COUNT_UNSUBSCRIBE", LIVE_END},
    };
    const char *name = NULL;
    TRY(document_get_string(object, "type", &name, problem));
    for (size_t i = 0; name != NULL && i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(name, kinds[i].name) == 0) {
            *ret = kinds[i].kind;
            return ERR_OK;
        }
    }
    return fail(problem, ERR_INVALID, "type",
                "type is '%.40s'; expected TIMESERIES, ATTRIBUTES, TIMESERIES_HISTORY, "
                "ENTITY_DATA, ENTITY_COUNT, ENTITY_DATA_UNSUBSCRIBE or "
                "ENTITY_COUNT_UNSUBSCRIBE",
                name != NULL ? name : "");
}

/* @p kind  NULL: said by the command itself */
static void read_one(struct reading *r, const json_t *object, const enum live_kind *kind)
{
    struct live_command *command = &r->message->commands[r->message->count];
    struct problem problem = {0};
    *command = (struct live_command){.kind = kind != NULL ? *kind : LIVE_END};
    err_t err = json_is_object(object) ? ERR_OK
                                       : fail(&problem, ERR_INVALID, "cmds",
                                              "a command is %s; expected an object", document_kind(object));
    if (err == ERR_OK)
        err = read_id(object, &command->id, &problem);
    if (err == ERR_OK && kind == NULL)
        err = read_kind(object, &command->kind, &problem);
    if (err == ERR_OK)
        err = read_command(object, command, &problem);
    if (err == ERR_OK)
        r->message->count++;
    else
        r->on_fault(r->arg, id_of(object), &problem);
}

static const struct {
    const char *member;
    enum live_kind kind;
    bool says_kind; /* false: each command does */
} wrappers[] = {
    {"cmds", LIVE_END, false},
    {"tsSubCmds", LIVE_TIMESERIES, true},
    {"attrSubCmds", LIVE_ATTRIBUTES, true},
    {"historyCmds", LIVE_HISTORY, true},
    {"entityDataCmds", LIVE_ENTITY_DATA, true},
    {"entityDataUnsubscribeCmds", LIVE_END, true},
    {"entityCountCmds", LIVE_ENTITY_COUNT, true},
    {"entityCountUnsubscribeCmds", LIVE_END, true},
};
enum { WRAPPERS = sizeof wrappers / sizeof wrappers[0] };

static err_t count_commands(const json_t *document, size_t *ret, struct problem *problem)
{
    *ret = 0;
    for (size_t i = 0; i < WRAPPERS; i++) {
        const json_t *list = json_object_get(document, wrappers[i].member);
        if (list != NULL && !json_is_null(list) && !json_is_array(list))
            return fail(problem, ERR_INVALID, wrappers[i].member, "%s is %s; expected an array",
                        wrappers[i].member, document_kind(list));
        *ret += json_array_size(list);
    }
    if (*ret > LIVE_COMMANDS_MAX)
        return fail(problem, ERR_LIMIT, "cmds", "the message has %zu commands; expected at most %d", *ret,
                    LIVE_COMMANDS_MAX);
    return ERR_OK;
}

static err_t read_token(const json_t *document, const char **ret, struct problem *problem)
{
    json_t *command = NULL;
    TRY(document_get_object(document, "authCmd", &command, problem));
    if (command == NULL)
        return ERR_OK;
    TRY(document_get_string(command, "token", ret, problem));
    return *ret != NULL ? ERR_OK : fail(problem, ERR_INVALID, "token", "authCmd has no token");
}

err_t live_message_read(const json_t *document, live_fault *on_fault, void *arg, struct live_message *ret,
                        struct problem *problem)
{
    struct live_message message = {0};
    size_t count;
    if (!json_is_object(document))
        return fail(problem, ERR_INVALID, "", "the message is %s; expected an object",
                    document_kind(document));
    TRY(read_token(document, &message.token, problem));
    TRY(count_commands(document, &count, problem));
    message.commands = calloc(count + 1, sizeof *message.commands);
    if (message.commands == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the commands");
    struct reading reading = {&message, on_fault, arg};
    for (size_t i = 0; i < WRAPPERS; i++) {
        const json_t *list = json_object_get(document, wrappers[i].member);
        for (size_t n = 0; n < json_array_size(list); n++)
            read_one(&reading, json_array_get(list, n), wrappers[i].says_kind ? &wrappers[i].kind : NULL);
    }
    *ret = message;
    return ERR_OK;
}

void live_message_fini(struct live_message *message)
{
    free(message->commands);
    *message = (struct live_message){0};
}
