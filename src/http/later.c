#include "http/later.h"

#include "http/router.h"

void later_init(struct later *later, struct http_response *response, void (*on_answered)(struct later *later))
{
    *later = (struct later){.on_answered = on_answered, .response = response};
    atomic_init(&later->holders, 1);
}

static void write_response(struct later *later)
{
    struct http_response *response = later->response;
    if (buf_is_ok(&later->text) && !later->is_refusal) {
        response->status = later->status;
        buf_append_slice(&response->body, buf_slice(&later->text));
    } else if (buf_is_ok(&later->text)) {
        router_error(response, later->status, 0, buf_cstr(&later->text));
    }
    if (!buf_is_ok(&later->text) || !buf_is_ok(&response->body))
        router_error(response, 500, 0, "no memory for the answer");
    buf_fini(&later->text);
}

static void let_go(struct later *later)
{
    if (atomic_fetch_sub_explicit(&later->holders, 1, memory_order_acq_rel) != 1)
        return;
    write_response(later);
    later->on_answered(later);
}

bool later_handler_done(struct later *later)
{
    if (!later->is_begun)
        return false;
    let_go(later);
    return true;
}

struct later *later_begin(const struct http_request *request)
{
    struct later *later = request->later;
    if (later == NULL)
        return NULL;
    later->is_begun = true;
    atomic_store(&later->holders, 2);
    return later;
}

void later_cancel(struct later *later)
{
    later->is_begun = false;
    atomic_store(&later->holders, 1);
}

void later_answer(struct later *later, unsigned status, struct slice json)
{
    later->status = status;
    buf_append_slice(&later->text, json);
    let_go(later);
}

void later_refuse(struct later *later, unsigned status, const char *message)
{
    later->status = status;
    later->is_refusal = true;
    buf_append_str(&later->text, message);
    let_go(later);
}
