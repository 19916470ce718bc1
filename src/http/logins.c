/* Logins of people: who is logged in from where, and the end of it. */
#include "base/log.h"
#include "http/access.h"
#include "http/resources.h"
#include "store/registry_people.h"

#include <stdlib.h>

static json_t *session_document(const struct call *call, const struct login *login)
{
    char id[UUID_TEXT_SIZE];
    uuid_format(&login->id, id);
    return json_pack("{s:s, s:o, s:I, s:I, s:o, s:b}", "id", id, "userId",
                     document_id("USER", &login->user_id), "createdTime", (json_int_t)login->created_ms,
                     "expirationTime", (json_int_t)login->expires_ms, "address",
                     document_text(login->address), "current", uuid_eq(&login->id, &call->who.login_id));
}

static err_t reply_sessions(struct call *call, const struct uuid *user, struct problem *problem)
{
    size_t count = 0;
    struct login *logins = calloc(LOGINS_MAX, sizeof *logins);
    if (logins == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the list");
    err_t err = registry_login_list(call->api->hub->registry, user, logins, &count, problem);
    AUTO_JSON list = json_array();
    for (size_t i = 0; err == ERR_OK && i < count; i++)
        if (json_array_append_new(list, session_document(call, &logins[i])) != 0)
            err = fail(problem, ERR_NOMEM, "", "no memory for the list");
    free(logins);
    return err == ERR_OK ? call_reply(call, document_take(&list), problem) : err;
}

err_t logins_list(struct call *call, struct problem *problem)
{
    return reply_sessions(call, &call->who.user_id, problem);
}

static err_t find_user(struct call *call, enum access_right right, struct user *ret, struct problem *problem)
{
    struct uuid id;
    TRY(call_part_id(call, 0, "userId", &id, problem));
    return access_user(call, &id, right, ret, problem);
}

err_t logins_list_of_user(struct call *call, struct problem *problem)
{
    struct user user;
    TRY(find_user(call, RIGHT_READ, &user, problem));
    return reply_sessions(call, &user.id, problem);
}

err_t logins_end(struct call *call, struct problem *problem)
{
    struct uuid id;
    struct login login;
    struct user user;
    TRY(call_part_id(call, 0, "sessionId", &id, problem));
    TRY(registry_login_get(call->api->hub->registry, &id, &login, problem));
    TRY(access_user(call, &login.user_id, RIGHT_WRITE, &user, problem));
    call_audit_entity(call, &user.id, user.email);
    TRY(registry_login_end(call->api->hub->registry, &id, problem));
    log_info("session.ended", log_text("email", user.email));
    call->response->status = 200;
    return ERR_OK;
}

err_t logins_end_of_user(struct call *call, struct problem *problem)
{
    struct user user;
    TRY(find_user(call, RIGHT_WRITE, &user, problem));
    TRY(registry_login_end_all(call->api->hub->registry, &user.id, problem));
    log_info("session.ended", log_text("email", user.email), log_text("which", "all"));
    call->response->status = 200;
    return ERR_OK;
}
