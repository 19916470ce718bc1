#include "http/audit.h"

#include "http/access.h"

#include <stdio.h>

/* ---- the entity -------------------------------------------------------------------------------------------- */

/* Of what was saved, the answer tells; of credentials it tells the device. */
static void read_answer(const struct call *call, struct audit_entry *entry)
{
    struct slice body = http_response_body(call->response);
    AUTO_JSON answer = body.len != 0 ? json_loadb((const char *)body.data, body.len, 0, NULL) : NULL;
    bool is_credentials = json_object_get(answer, "credentialsType") != NULL;
    (void)!document_get_id(answer, is_credentials ? "deviceId" : "id", &entry->entity_id, NULL, NULL);
    const char *name = json_string_value(json_object_get(answer, "name"));
    if (name == NULL)
        name = json_string_value(json_object_get(answer, "title"));
    if (name == NULL)
        name = json_string_value(json_object_get(answer, "description"));
    audit_log_text(entry->entity_name, sizeof entry->entity_name, name);
}

/* Devices are named by what stands in the registry now; others, and what is deleted, by the handler (call_audit_name). */
static void read_name(const struct call *call, struct audit_entry *entry)
{
    struct device device;
    if (call->audit.name[0] != '\0')
        audit_log_text(entry->entity_name, sizeof entry->entity_name, call->audit.name);
    if (entry->entity_name[0] != '\0' || strcmp(entry->entity_type, "DEVICE") != 0 ||
        uuid_is_nil(&entry->entity_id) ||
        registry_device_get(call->api->hub->registry, &entry->tenant_id, &entry->entity_id, &device, NULL) !=
            ERR_OK)
        return;
    audit_log_text(entry->entity_name, sizeof entry->entity_name, device.name);
    device_fini(&device);
}

/* Who asks; where nobody is logged in, who is meant. */
static const struct caller *user_of(const struct call *call)
{
    return uuid_is_nil(&call->who.user_id) && !call->request->is_local ? &call->audit.user : &call->who;
}

static void read_entity(const struct call *call, err_t result, struct audit_entry *entry)
{
    int subject = call->route->audit.subject;
    if (subject == AUDIT_CALLER) {
        entry->entity_id = user_of(call)->user_id;
        audit_log_text(entry->entity_name, sizeof entry->entity_name, user_of(call)->email);
    } else if (subject == AUDIT_HANDLER) {
        entry->entity_id = call->audit.entity_id;
    } else if (subject >= 0) {
        (void)uuid_parse(call->parts[subject], &entry->entity_id);
    } else if (result == ERR_OK) {
        read_answer(call, entry);
    } else {
        (void)!document_get_id(call->body, "id", &entry->entity_id, NULL, NULL);
    }
    read_name(call, entry);
}

/* ---- the entry --------------------------------------------------------------------------------------------- */

/* Who is not known is named as he named himself; he is told to the first tenant. */
static void read_user(const struct call *call, struct audit_entry *entry)
{
    const struct caller *user = user_of(call);
    bool is_stranger = uuid_is_nil(&user->user_id);
    const char *name =
        user->email[0] != '\0' ? user->email : json_string_value(json_object_get(call->body, "username"));
    entry->tenant_id = is_stranger ? call->api->tenant : user->tenant_id;
    entry->customer_id = user->customer_id;
    entry->user_id = user->user_id;
    audit_log_text(entry->user_name, sizeof entry->user_name,
                   call->request->is_local ? "control socket" : name);
    call_address_text(call, entry->address);
}

static void write_data(const struct call *call, struct audit_entry *entry)
{
    AUTO_JSON data = json_pack("{s:s, s:s}", "method", call->route->method, "route", call->route->pattern);
    if (call->audit.details != NULL)
        (void)json_object_update_missing(data, call->audit.details); /* without memory, without them */
    audit_log_set_data(entry, data);
}

static void write_failure(const struct call *call, err_t result, const struct problem *problem,
                          struct audit_entry *entry)
{
    char status[32];
    snprintf(status, sizeof status, "answered with status %u", call->response->status);
    if (result == ERR_OK)
        audit_log_text(entry->failure, sizeof entry->failure, status);
    else
        audit_log_text(entry->failure, sizeof entry->failure,
                       problem->text[0] != '\0' ? problem->text : err_info(result)->name);
}

static bool has_id(const json_t *body)
{
    const json_t *id = json_object_get(body, "id");
    return id != NULL && !json_is_null(id);
}

void audit_describe(const struct call *call, err_t result, const struct problem *problem,
                    struct audit_entry *ret)
{
    const struct route_audit *audit = &call->route->audit;
    struct audit_entry entry = {.is_failure = result != ERR_OK || call->response->status >= 400};
    audit_log_text(entry.action, sizeof entry.action,
                   audit->update != NULL && has_id(call->body) ? audit->update : audit->action);
    audit_log_text(entry.entity_type, sizeof entry.entity_type, audit->entity);
    read_user(call, &entry);
    read_entity(call, result, &entry);
    write_data(call, &entry);
    if (entry.is_failure)
        write_failure(call, result, problem, &entry);
    *ret = entry;
}

/* Nobody uses up another's. */
void audit_source(const struct call *call, char out[UUID_TEXT_SIZE + ADDRESS_TEXT_SIZE])
{
    if (uuid_is_nil(&call->who.user_id))
        call_host_text(call, out);
    else
        uuid_format(&call->who.user_id, out);
}

void audit_note(struct call *call, err_t result, const struct problem *problem)
{
    char source[UUID_TEXT_SIZE + ADDRESS_TEXT_SIZE];
    struct audit_entry entry;
    bool is_nobodys = result == ERR_AUTH && call->route->access != ACCESS_ANYONE;
    if (call->route->audit.entity == NULL || is_nobodys || (result == ERR_OK && call->audit.is_later))
        return;
    audit_describe(call, result, problem, &entry);
    audit_source(call, source);
    audit_log_add(call->api->hub, &entry, entry.is_failure ? source : NULL);
}

void audit_note_device(struct call *call, const char *action, const struct device *device, err_t result,
                       const struct problem *problem)
{
    char source[UUID_TEXT_SIZE + ADDRESS_TEXT_SIZE];
    struct audit_entry entry = {.is_failure = result != ERR_OK, .entity_id = device->id};
    audit_log_text(entry.action, sizeof entry.action, action);
    audit_log_text(entry.entity_type, sizeof entry.entity_type, "DEVICE");
    audit_log_text(entry.entity_name, sizeof entry.entity_name, device->name);
    read_user(call, &entry);
    write_data(call, &entry);
    if (entry.is_failure)
        write_failure(call, result, problem, &entry);
    audit_source(call, source);
    audit_log_add(call->api->hub, &entry, entry.is_failure ? source : NULL);
}

void audit_lockout(struct call *call, const char *what)
{
    struct audit_entry entry = {0};
    char host[ADDRESS_TEXT_SIZE], source[ADDRESS_TEXT_SIZE + 16];
    AUTO_JSON data = json_pack("{s:s}", "locked", what);
    audit_log_text(entry.action, sizeof entry.action, "LOCKOUT");
    audit_log_text(entry.entity_type, sizeof entry.entity_type, "USER");
    read_user(call, &entry);
    entry.entity_id = entry.user_id;
    audit_log_text(entry.entity_name, sizeof entry.entity_name, entry.user_name);
    audit_log_set_data(&entry, data);
    call_host_text(call, host);
    snprintf(source, sizeof source, "lockout %s", host);
    audit_log_add(call->api->hub, &entry, source);
}
