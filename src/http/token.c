#include "http/token.h"

#include <jwt.h>
#include <stdio.h>
#include <stdlib.h>

#define ISSUER        "postern"
#define REFRESH_SCOPE "REFRESH_TOKEN"

static void release(jwt_t **jwt)
{
    jwt_free(*jwt);
}
#define AUTO_JWT __attribute__((cleanup(release))) jwt_t

static bool add_id(jwt_t *jwt, const char *name, const struct uuid *id)
{
    char text[UUID_TEXT_SIZE];
    uuid_format(id, text);
    return jwt_add_grant(jwt, name, text) == 0;
}

char *token_issue(const struct api *api, enum token_kind kind, const struct caller *who, int64_t now_ms,
                  int64_t expires_ms)
{
    AUTO_JWT *jwt = NULL;
    char scopes[64];
    snprintf(scopes, sizeof scopes, "{\"scopes\":[\"%s\"]}",
             kind == TOKEN_REFRESH ? REFRESH_SCOPE : authority_name(who->authority));
    if (jwt_new(&jwt) != 0 || jwt_set_alg(jwt, JWT_ALG_HS512, api->secret, API_SECRET_SIZE) != 0)
        return NULL;
    bool is_complete = jwt_add_grant(jwt, "sub", who->email) == 0 && jwt_add_grants_json(jwt, scopes) == 0 &&
                       add_id(jwt, "userId", &who->user_id) && add_id(jwt, "tenantId", &who->tenant_id) &&
                       add_id(jwt, "customerId", &who->customer_id) &&
                       add_id(jwt, "sessionId", &who->login_id) && jwt_add_grant(jwt, "iss", ISSUER) == 0 &&
                       jwt_add_grant_int(jwt, "iat", (long)(now_ms / 1000)) == 0 &&
                       jwt_add_grant_int(jwt, "exp", (long)(expires_ms / 1000)) == 0;
    return is_complete ? jwt_encode_str(jwt) : NULL;
}

static bool read_id(jwt_t *jwt, const char *name, struct uuid *ret)
{
    const char *text = jwt_get_grant(jwt, name);
    return text != NULL && uuid_parse(slice_str(text), ret);
}

static bool read_scope(jwt_t *jwt, enum token_kind kind, enum authority *ret)
{
    char *json = jwt_get_grants_json(jwt, "scopes");
    AUTO_JSON scopes = json != NULL ? json_loads(json, 0, NULL) : NULL;
    free(json);
    const char *scope = json_string_value(json_array_get(scopes, 0));
    if (scope == NULL || kind == TOKEN_REFRESH)
        return scope != NULL && strcmp(scope, REFRESH_SCOPE) == 0;
    for (enum authority a = AUTHORITY_SYS_ADMIN; a <= AUTHORITY_CUSTOMER_USER; a++) {
        if (strcmp(scope, authority_name(a)) == 0) {
            *ret = a;
            return true;
        }
    }
    return false;
}

static bool read_claims(jwt_t *jwt, enum token_kind kind, struct caller *ret)
{
    const char *email = jwt_get_grant(jwt, "sub");
    return email != NULL && slice_to_cstr(slice_str(email), ret->email, sizeof ret->email) &&
           read_id(jwt, "userId", &ret->user_id) && read_id(jwt, "tenantId", &ret->tenant_id) &&
           read_id(jwt, "customerId", &ret->customer_id) && read_id(jwt, "sessionId", &ret->login_id) &&
           read_scope(jwt, kind, &ret->authority);
}

err_t token_read(const struct api *api, enum token_kind kind, struct slice token, int64_t now_ms,
                 struct caller *ret)
{
    AUTO_JWT *jwt = NULL;
    struct caller who = {0};
    char text[TOKEN_MAX];
    /* The header of a token names its algorithm; only ours counts, whatever verified (RFC 8725, 3.1). */
    if (!slice_to_cstr(token, text, sizeof text) ||
        jwt_decode(&jwt, text, api->secret, API_SECRET_SIZE) != 0 || jwt_get_alg(jwt) != JWT_ALG_HS512 ||
        !read_claims(jwt, kind, &who))
        return ERR_AUTH;
    if (jwt_get_grant_int(jwt, "exp") <= now_ms / 1000)
        return ERR_CLOSED;
    *ret = who;
    return ERR_OK;
}
