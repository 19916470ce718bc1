#include "http/api_key.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "http/access.h"
#include "http/resources.h"
#include "store/registry_people.h"

#include <sodium.h>
#include <stdlib.h>

#define PREFIX "pk_"
enum { RANDOM_PART = 40 /* letters and digits: 238 bits */, KEY_SIZE = sizeof PREFIX + RANDOM_PART };

static void hash_key(struct slice key, uint8_t out[API_KEY_HASH_SIZE])
{
    crypto_generichash(out, API_KEY_HASH_SIZE, key.data, key.len, NULL, 0);
}

/* ---- who calls --------------------------------------------------------------------------------------------- */

static err_t refuse(struct call *call, struct problem *problem, const char *message)
{
    call->error_status = 401;
    call->error_code = 10;
    return fail(problem, ERR_AUTH, "", "Authentication failed: the API key %s", message);
}

static unsigned scope_of(const struct route *route)
{
    bool is_read = strcmp(route->method, "GET") == 0;
    switch (route->area) {
    case AREA_NONE:
    case AREA_ANY: return 0;
    case AREA_DEVICES: return is_read ? API_SCOPE_DEVICES_READ : API_SCOPE_DEVICES_WRITE;
    case AREA_TELEMETRY: return is_read ? API_SCOPE_TELEMETRY_READ : API_SCOPE_TELEMETRY_WRITE;
    case AREA_RPC: return is_read ? API_SCOPE_RPC_READ : API_SCOPE_RPC_WRITE;
    case AREA_ADMIN: return is_read ? API_SCOPE_ADMIN_READ : API_SCOPE_ADMIN_WRITE;
    }
    return 0;
}

static err_t check_scope(const struct call *call, const struct api_key *key, struct problem *problem)
{
    unsigned needed = scope_of(call->route);
    if (call->route->area == AREA_NONE)
        return fail(problem, ERR_DENIED, "", "an API key cannot be used here: log in");
    if ((key->scopes & needed) == needed)
        return ERR_OK;
    return fail(problem, ERR_DENIED, "", "the API key lacks the scope %s",
                api_scope_name((enum api_scope)needed));
}

err_t api_key_identify(struct call *call, struct slice text, struct problem *problem)
{
    struct registry *registry = call->api->hub->registry;
    uint8_t hash[API_KEY_HASH_SIZE];
    struct api_key key;
    struct user user;
    hash_key(text, hash);
    err_t err = registry_api_key_find(registry, hash, &key, problem);
    if (err == ERR_NOT_FOUND)
        return refuse(call, problem, "is unknown");
    TRY(err);
    if (!key.is_enabled)
        return refuse(call, problem, "is disabled");
    if (key.expires_ms != 0 && key.expires_ms <= clock_wall_ms())
        return refuse(call, problem, "has expired");
    TRY(check_scope(call, &key, problem));
    err = registry_user_by_id(registry, &key.user_id, &user, problem);
    if (err == ERR_NOT_FOUND)
        return refuse(call, problem, "is unknown"); /* deleted just now */
    TRY(err);
    call_set_who(call, &user, &(struct uuid){0});
    return ERR_OK;
}

/* ---- keys as documents ------------------------------------------------------------------------------------- */

static json_t *scopes_document(unsigned scopes)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < API_SCOPES; i++)
        if ((scopes & (1u << i)) != 0)
            json_array_append_new(list, json_string(api_scope_name((enum api_scope)(1u << i))));
    return list;
}

static json_t *key_document(const struct call *call, const struct api_key *key)
{
    bool is_expired = key->expires_ms != 0 && key->expires_ms <= clock_wall_ms();
    return json_pack("{s:o, s:I, s:o, s:o, s:s, s:b, s:I, s:b, s:o}", "id", document_id("API_KEY", &key->id),
                     "createdTime", (json_int_t)key->created_ms, "tenantId",
                     document_id("TENANT", &call->who.tenant_id), "userId",
                     document_id("USER", &key->user_id), "description", key->description, "enabled",
                     key->is_enabled, "expirationTime", (json_int_t)key->expires_ms, "expired", is_expired,
                     "scopes", scopes_document(key->scopes));
}

static err_t read_scope(const json_t *item, unsigned *scopes, struct problem *problem)
{
    enum api_scope scope;
    const char *name = json_string_value(item);
    if (name == NULL || !api_scope_parse(slice_str(name), &scope))
        return fail(
            problem, ERR_INVALID, "scopes",
            "scopes holds %s%.40s%s; expected devices:read, devices:write, telemetry:read, telemetry:write, "
            "rpc:read, rpc:write, admin:read or admin:write",
            name != NULL ? "'" : "", name != NULL ? name : document_kind(item), name != NULL ? "'" : "");
    *scopes |= scope;
    return ERR_OK;
}

/* Left out: all that the user may do. */
static err_t read_scopes(const json_t *body, unsigned *ret, struct problem *problem)
{
    const json_t *list = json_object_get(body, "scopes");
    const json_t *item;
    size_t i;
    *ret = (1u << API_SCOPES) - 1;
    if (list == NULL || json_is_null(list))
        return ERR_OK;
    if (!json_is_array(list) || json_array_size(list) == 0)
        return fail(problem, ERR_INVALID, "scopes", "scopes is %s; expected an array of names",
                    json_is_array(list) ? "empty" : document_kind(list));
    *ret = 0;
    json_array_foreach(list, i, item) TRY(read_scope(item, ret, problem));
    return ERR_OK;
}

static err_t read_description(const json_t *body, struct api_key *key, struct problem *problem)
{
    TRY(document_get_text(body, "description", key->description, sizeof key->description, problem));
    return key->description[0] == '\0'
               ? fail(problem, ERR_INVALID, "description",
                      "description is missing; expected what the key is for")
               : entity_check_name("description", slice_str(key->description), problem);
}

static err_t read_expiry(const json_t *body, struct api_key *key, struct problem *problem)
{
    TRY(document_get_integer(body, "expirationTime", &key->expires_ms, NULL, problem));
    if (key->expires_ms != 0 && key->expires_ms <= key->created_ms)
        return fail(problem, ERR_INVALID, "expirationTime",
                    "expirationTime is over; expected milliseconds since 1970 to come, or 0 for never");
    return ERR_OK;
}

/* ---- routes ------------------------------------------------------------------------------------------------ */

/* The user of the body, or the caller. */
static err_t read_user(const struct call *call, struct api_key *key, struct problem *problem)
{
    struct user user;
    key->user_id = call->who.user_id;
    TRY(document_get_id(call->body, "userId", &key->user_id, NULL, problem));
    return access_user(call, &key->user_id, RIGHT_WRITE, &user, problem);
}

err_t api_key_save(struct call *call, struct problem *problem)
{
    struct api_key key = {.id = uuid_random(), .created_ms = clock_wall_ms(), .is_enabled = true};
    char text[KEY_SIZE] = PREFIX;
    TRY(document_get_bool(call->body, "enabled", &key.is_enabled, problem));
    TRY(read_description(call->body, &key, problem));
    TRY(read_expiry(call->body, &key, problem));
    TRY(read_scopes(call->body, &key.scopes, problem));
    TRY(read_user(call, &key, problem));
    random_text(text + strlen(PREFIX), RANDOM_PART);
    hash_key(slice_str(text), key.secret_hash);
    TRY(registry_api_key_add(call->api->hub->registry, &key, problem));
    log_info("api_key.created", log_text("description", key.description));
    json_t *document = key_document(call, &key);
    if (document != NULL && json_object_set_new(document, "value", json_string(text)) != 0) {
        json_decref(document);
        document = NULL;
    }
    wipe(text, sizeof text);
    return call_reply(call, document, problem);
}

err_t api_key_list(struct call *call, struct problem *problem)
{
    struct uuid id;
    struct user user;
    size_t count = 0;
    TRY(call_part_id(call, 0, "userId", &id, problem));
    TRY(access_user(call, &id, RIGHT_READ, &user, problem));
    struct api_key *keys = calloc(API_KEYS_MAX, sizeof *keys);
    if (keys == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the list");
    err_t err = registry_api_key_list(call->api->hub->registry, &id, keys, &count, problem);
    AUTO_JSON list = json_array();
    for (size_t i = 0; err == ERR_OK && i < count; i++)
        if (json_array_append_new(list, key_document(call, &keys[i])) != 0)
            err = fail(problem, ERR_NOMEM, "", "no memory for the list");
    free(keys);
    return err == ERR_OK ? call_reply(call, document_take(&list), problem) : err;
}

/* Of a user whom the caller may change. */
static err_t find_key(struct call *call, struct api_key *ret, struct problem *problem)
{
    struct uuid id;
    struct user user;
    TRY(call_part_id(call, 0, "apiKeyId", &id, problem));
    TRY(registry_api_key_get(call->api->hub->registry, &id, ret, problem));
    return access_user(call, &ret->user_id, RIGHT_WRITE, &user, problem);
}

err_t api_key_enable(struct call *call, struct problem *problem)
{
    struct api_key key;
    TRY(find_key(call, &key, problem));
    TRY(call_read_bool(call->parts[1], "enabled", &key.is_enabled, problem));
    TRY(registry_api_key_update(call->api->hub->registry, &key, problem));
    return call_reply(call, key_document(call, &key), problem);
}

err_t api_key_delete(struct call *call, struct problem *problem)
{
    struct api_key key;
    TRY(find_key(call, &key, problem));
    call_audit_name(call, key.description);
    TRY(registry_api_key_delete(call->api->hub->registry, &key.id, problem));
    log_info("api_key.deleted", log_text("description", key.description));
    call->response->status = 200;
    return ERR_OK;
}
