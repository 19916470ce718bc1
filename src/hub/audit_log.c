#include "hub/audit_log.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/rate_limit.h"
#include "base/text.h"

#include <stdlib.h>

enum { AT_ONCE = 100, A_MINUTE = 60 }; /* of one source */

struct audit_log {
    struct rate_limit *limit;
};

err_t audit_log_new(struct audit_log **ret)
{
    struct audit_log *log = calloc(1, sizeof *log);
    if (log == NULL)
        return ERR_NOMEM;
    log->limit = rate_limit_new(AT_ONCE, A_MINUTE);
    if (log->limit == NULL) {
        free(log);
        return ERR_NOMEM;
    }
    *ret = log;
    return ERR_OK;
}

void audit_log_free(struct audit_log *log)
{
    if (log != NULL)
        rate_limit_free(log->limit);
    free(log);
}

struct audit_bounds audit_log_bounds(const struct hub *hub)
{
    return (struct audit_bounds){hub->settings->audit.max_entries,
                                 (int64_t)hub->settings->audit.keep_days * 24 * 60 * 60 * 1000};
}

void audit_log_add(struct hub *hub, const struct audit_entry *entry, const char *source_or_null)
{
    const struct audit_bounds bounds = audit_log_bounds(hub);
    struct problem failure = {0};
    if (source_or_null != NULL &&
        !rate_limit_take(hub->audit->limit, slice_str(source_or_null), clock_mono_ms()))
        return;
    if (registry_audit_add(hub->registry, entry, &bounds, &failure) != ERR_OK)
        log_error("audit.failed", log_text("action", entry->action), log_text("reason", failure.text));
}

void audit_log_text(char *out, size_t size, const char *text_or_null)
{
    struct slice text = slice_str(text_or_null != NULL ? text_or_null : "");
    size_t len = text.len < size ? text.len : text_utf8_prefix(slice_of(text.data, size - 1));
    memcpy(out, text.data, len);
    out[len] = '\0';
}

void audit_log_set_data(struct audit_entry *entry, const json_t *data)
{
    size_t len = data != NULL ? json_dumpb(data, entry->data, sizeof entry->data - 1, JSON_COMPACT) : 0;
    if (len != 0 && len < sizeof entry->data)
        entry->data[len] = '\0';
    else
        audit_log_text(entry->data, sizeof entry->data, "{}");
}
