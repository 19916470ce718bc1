/* The server about itself. */
#include "base/clock.h"
#include "http/certificate_document.h"
#include "http/resources.h"
#include "pki/pem.h"

#include <stdio.h>

enum { CERTIFICATE_FILE_MAX = 256 * 1024 };

err_t system_health(struct call *call, struct problem *problem)
{
    struct uuid tenant; /* reading it shows that the registry answers */
    TRY(registry_tenant_default(call->api->hub->registry, &tenant, problem));
    return call_reply(call, json_pack("{s:s}", "status", "UP"), problem);
}

err_t system_version(struct call *call, struct problem *problem)
{
    return call_reply(call, json_pack("{s:s, s:s}", "name", "Postern", "version", POSTERN_VERSION), problem);
}

/* ---- what is set ------------------------------------------------------------------------------------------- */

static void add_setting(void *arg, const struct setting_view *view)
{
    json_t *value = view->is_number  ? json_integer(view->number)
                    : view->is_truth ? json_boolean(view->truth)
                                     : json_string(view->text);
    json_array_append_new(arg, json_pack("{s:s, s:o, s:s?, s:s}", "name", view->name, "value", value, "unit",
                                         view->unit, "help", view->help));
}

static bool read_file(const char *path, struct buf *out)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return false;
    uint8_t *room = buf_reserve(out, CERTIFICATE_FILE_MAX);
    if (room != NULL)
        out->len += fread(room, 1, CERTIFICATE_FILE_MAX, file);
    bool failed = room == NULL || ferror(file) != 0;
    fclose(file);
    return !failed;
}

/* The file that all listeners show; it may hold the key, too, which nobody looks at. null: it cannot be read. */
static json_t *server_certificate(const struct call *call)
{
    const struct hub *hub = call->api->hub;
    const char *configured = hub->settings->tls.certificate;
    char path[4096];
    AUTO_BUF text = {0};
    struct pem_chain chain;
    struct certificate_view view;
    json_t *document = json_null();
    if (configured[0] != '\0')
        snprintf(path, sizeof path, "%s", configured);
    else
        snprintf(path, sizeof path, "%s/server.pem", hub->dir);
    if (!read_file(path, &text) || pem_read_certificates(buf_slice(&text), &chain, NULL) != ERR_OK)
        return document;
    if (certificate_view_read(buf_slice(&chain.der[0]), &view, NULL) == ERR_OK) {
        document = certificate_document(&view);
        certificate_view_fini(&view);
    }
    pem_chain_fini(&chain);
    return document;
}

err_t system_settings(struct call *call, struct problem *problem)
{
    AUTO_JSON settings = json_array();
    settings_visit(call->api->hub->settings, add_setting, settings);
    return call_reply(call,
                      json_pack("{s:s, s:I, s:o, s:O}", "version", POSTERN_VERSION, "ts",
                                (json_int_t)clock_wall_ms(), "certificate", server_certificate(call),
                                "settings", settings),
                      problem);
}
