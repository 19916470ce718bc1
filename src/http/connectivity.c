/* Connect help: the commands with which a person tries a device from a shell, and the chain they need. */
#include "http/connectivity.h"

#include "base/log.h"
#include "http/resources.h"

#include <errno.h>
#include <stdio.h>

#define CHAIN_NAME "tb-server-chain.pem"
#define CHAIN_PATH "/api/device-connectivity/mqtts/certificate/download"
#define TOPIC      "v1/devices/me/telemetry"

enum { CHAIN_MAX = 256 * 1024 };

static bool is_host_character(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_' || c == ':';
}

/* The header is text of a stranger that ends up in a shell command: anything else than a host is dropped. */
bool connectivity_host(const char *configured, struct slice header, char out[CONNECTIVITY_HOST_SIZE])
{
    struct slice host = header;
    if (configured[0] != '\0')
        return slice_to_cstr(slice_str(configured), out, CONNECTIVITY_HOST_SIZE);
    bool is_bracketed = host.len > 2 && host.data[0] == '[';
    const uint8_t *end = host.len != 0 ? memchr(host.data, is_bracketed ? ']' : ':', host.len) : NULL;
    if (end != NULL)
        host.len = (size_t)(end - host.data);
    if (is_bracketed)
        host = slice_skip(host, 1);
    for (size_t i = 0; i < host.len; i++)
        if (!is_host_character(host.data[i]))
            host.len = 0;
    if (host.len == 0 || host.data[0] == '-') /* which a command would take for an option */
        host = SLICE("localhost");
    return slice_to_cstr(host, out, CONNECTIVITY_HOST_SIZE);
}

/* Inside '..' a shell leaves everything alone; a ' itself stands outside. */
static void append_single_quoted(struct buf *out, const char *text)
{
    buf_append_u8(out, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            buf_append_str(out, "'\\''");
        else
            buf_append_u8(out, (uint8_t)*text);
    }
    buf_append_u8(out, '\'');
}

/* Tokens may hold any character, and the command is pasted into a shell. Double quotes are the platform's; they do
 * not keep an interactive bash from replacing '!' by its history. */
static void append_quoted(struct buf *out, const char *text)
{
    if (strchr(text, '!') != NULL) {
        append_single_quoted(out, text);
        return;
    }
    buf_append_u8(out, '"');
    for (; *text != '\0'; text++) {
        if (strchr("\"\\$`", *text) != NULL)
            buf_append_u8(out, '\\');
        buf_append_u8(out, (uint8_t)*text);
    }
    buf_append_u8(out, '"');
}

static void append_basic(struct buf *out, const char *json)
{
    AUTO_JSON value = json_loads(json, 0, NULL);
    const struct {
        const char *name, *option;
    } options[] = {{"clientId", " -i "}, {"userName", " -u "}, {"password", " -P "}};
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        const char *text = json_string_value(json_object_get(value, options[i].name));
        if (text != NULL) {
            buf_append_str(out, options[i].option);
            append_quoted(out, text);
        }
    }
}

void connectivity_command(struct buf *out, const char *host, uint16_t port, bool is_tls,
                          const struct credentials *credentials)
{
    buf_printf(out, "mosquitto_pub%s -d -q 1 -h %s -p %u -t " TOPIC, is_tls ? " --cafile " CHAIN_NAME : "",
               host, port);
    switch (credentials->type) {
    case CREDENTIALS_X509:
        /* The platform's own words: braces around a pair without comma pass a shell unchanged. */
        buf_append_str(out, " --key key.pem --cert cert.pem -m {\"temperature\":25}");
        return;
    case CREDENTIALS_ACCESS_TOKEN:
        buf_append_str(out, " -u ");
        append_quoted(out, credentials->credentials_id);
        break;
    case CREDENTIALS_MQTT_BASIC:
        append_basic(out, credentials->value != NULL ? credentials->value : "");
        break;
    }
    buf_append_str(out, " -m \"{temperature:25}\"");
}

static json_t *plain_command(const struct call *call, const char *host, const struct credentials *credentials)
{
    AUTO_BUF text = {0};
    connectivity_command(&text, host, call->api->mqtt_port, false, credentials);
    return buf_is_ok(&text) ? document_slice(buf_slice(&text)) : NULL;
}

void connectivity_server(const struct http_request *request, struct buf *out)
{
    struct slice name = request->host; /* as typed, with the port it was reached by */
    for (size_t i = 0; i < name.len; i++)
        if (!is_host_character(name.data[i]) && name.data[i] != '[' && name.data[i] != ']')
            name.len = 0;
    buf_append_str(out, request->is_tls ? "https://" : "http://");
    buf_append_slice(out, name.len != 0 ? name : SLICE("localhost"));
}

static json_t *tls_commands(const struct call *call, const char *host, const struct credentials *credentials)
{
    AUTO_BUF fetch = {0}, publish = {0};
    buf_printf(&fetch, "curl -f -S %s", call->request->is_tls ? "-k " : "");
    connectivity_server(call->request, &fetch);
    buf_append_str(&fetch, CHAIN_PATH " -o " CHAIN_NAME);
    connectivity_command(&publish, host, call->api->mqtt_tls_port, true, credentials);
    if (!buf_is_ok(&fetch) || !buf_is_ok(&publish))
        return NULL;
    return json_pack("[o, o]", document_slice(buf_slice(&fetch)), document_slice(buf_slice(&publish)));
}

static json_t *commands_document(const struct call *call, const char *host,
                                 const struct credentials *credentials)
{
    json_t *mqtt = json_object();
    int failed = 0;
    if (call->api->mqtt_port != 0 && credentials->type != CREDENTIALS_X509)
        failed |= json_object_set_new(mqtt, "mqtt", plain_command(call, host, credentials));
    if (call->api->mqtt_tls_port != 0)
        failed |= json_object_set_new(mqtt, "mqtts", tls_commands(call, host, credentials));
    if (failed != 0) {
        json_decref(mqtt);
        return NULL;
    }
    return json_pack("{s:o}", "mqtt", mqtt);
}

err_t connectivity_commands(struct call *call, struct problem *problem)
{
    struct uuid id;
    struct credentials credentials;
    char host[CONNECTIVITY_HOST_SIZE];
    const struct hub *hub = call->api->hub;
    TRY(call_part_id(call, 0, "deviceId", &id, problem));
    if (!connectivity_host(hub->settings->http.public_host, call->request->host, host))
        return fail(problem, ERR_INVALID, "host", "the name of this server is too long");
    TRY(registry_credentials_get(hub->registry, &call->who.tenant_id, &id, &credentials, problem));
    err_t err = call_reply(call, commands_document(call, host, &credentials), problem);
    credentials_fini(&credentials);
    return err;
}

err_t connectivity_chain(struct call *call, struct problem *problem)
{
    char path[4096];
    struct http_response *response = call->response;
    snprintf(path, sizeof path, "%s/" CHAIN_NAME, call->api->hub->dir);
    FILE *file = fopen(path, "rbe");
    if (file == NULL && errno == ENOENT)
        return fail(problem, ERR_NOT_FOUND, "",
                    "Mqtts server certificate chain is not found: " CHAIN_NAME
                    " is not in the data directory");
    if (file == NULL)
        return fail(problem, ERR_IO, "", "cannot read " CHAIN_NAME ": %s", strerror(errno));
    uint8_t *room = buf_reserve(&response->body, CHAIN_MAX);
    if (room != NULL)
        response->body.len += fread(room, 1, CHAIN_MAX, file);
    bool failed = ferror(file) != 0;
    fclose(file);
    if (failed)
        return fail(problem, ERR_IO, "", "cannot read " CHAIN_NAME);
    response->content_type = "application/x-pem-file";
    response->file_name = strdup(CHAIN_NAME);
    response->status = 200;
    return ERR_OK;
}
