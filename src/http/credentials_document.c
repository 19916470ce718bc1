#include "http/credentials_document.h"

#include "hub/credentials.h"

json_t *credentials_document(const struct credentials *credentials)
{
    char id[UUID_TEXT_SIZE];
    uuid_format(&credentials->id, id);
    return json_pack("{s:{s:s}, s:I, s:o, s:s, s:s, s:s?, s:I}", "id", "id", id, "createdTime",
                     (json_int_t)credentials->created_ms, "deviceId",
                     document_id("DEVICE", &credentials->device_id), "credentialsType",
                     credentials_type_name(credentials->type), "credentialsId", credentials->credentials_id,
                     "credentialsValue", credentials->value, "version", (json_int_t)credentials->version);
}

static err_t read_token(const json_t *body, struct credentials *ret, struct problem *problem)
{
    const char *token = NULL;
    TRY(document_get_string(body, "credentialsId", &token, problem));
    if (token == NULL)
        return fail(problem, ERR_INVALID, "credentialsId", "Device credentials id should be specified!");
    return credentials_set_token(ret, slice_str(token), problem);
}

static err_t read_certificate(const struct api *api, const json_t *body, struct credentials *ret,
                              struct problem *problem)
{
    const char *text = NULL;
    TRY(document_get_string(body, "credentialsValue", &text, problem));
    return credentials_set_certificate(ret, slice_str(text != NULL ? text : ""), api->hub->settings, problem);
}

static err_t read_basic(const json_t *body, struct credentials *ret, struct problem *problem)
{
    const char *text = NULL;
    struct credentials_basic basic = {0};
    TRY(document_get_string(body, "credentialsValue", &text, problem));
    AUTO_JSON value = text != NULL ? json_loads(text, 0, NULL) : NULL;
    if (!json_is_object(value))
        return fail(problem, ERR_INVALID, "credentialsValue",
                    "credentialsValue is no JSON object; expected "
                    "{\"clientId\":..,\"userName\":..,\"password\":..} as text");
    TRY(document_get_text(value, "clientId", basic.client_id, NAME_SIZE, problem));
    TRY(document_get_text(value, "userName", basic.user_name, NAME_SIZE, problem));
    TRY(document_get_text(value, "password", basic.password, NAME_SIZE, problem));
    return credentials_set_basic(ret, &basic, problem);
}

err_t credentials_read(const struct api *api, const json_t *body, struct credentials *ret,
                       struct problem *problem)
{
    const char *name = NULL;
    enum credentials_type type;
    TRY(document_get_string(body, "credentialsType", &name, problem));
    if (name == NULL)
        return fail(problem, ERR_INVALID, "credentialsType", "Device credentials type should be specified!");
    if (!credentials_type_parse(slice_str(name), &type))
        return fail(problem, ERR_INVALID, "credentialsType",
                    "credentialsType is '%.40s'; expected ACCESS_TOKEN, X509_CERTIFICATE or MQTT_BASIC",
                    name);
    switch (type) {
    case CREDENTIALS_ACCESS_TOKEN: return read_token(body, ret, problem);
    case CREDENTIALS_X509: return read_certificate(api, body, ret, problem);
    case CREDENTIALS_MQTT_BASIC: return read_basic(body, ret, problem);
    }
    return ERR_INTERNAL;
}
