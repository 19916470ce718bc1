/* All devices of a list as text/csv, a stream that finds its place again by a device's number; or those of some ids. */
#include "hub/presence.h"

#include "base/clock.h"
#include "http/access.h"
#include "http/answer_stream.h"
#include "http/csv_cells.h"
#include "http/device_document.h"
#include "http/device_filter.h"
#include "http/resources.h"
#include "pki/certificate.h"
#include "pki/pem.h"
#include "store/registry_groups.h"

#include <inttypes.h>
#include <stdlib.h>

enum { DEVICES_A_PIECE = 100 }; /* a certificate each to be read: some 20 ms */

struct table {
    struct hub *hub;
    struct device_query query;
    struct device_filter filter;
    struct device_page chosen; /* asked for by their ids: these, and not the query's */
    bool is_of_chosen, has_begun, tells_tokens;
    char text[]; /* what the query's slices point into */
};

static void put_headings(const struct table *x, struct buf *out)
{
    static const char *const names[] = {"name",
                                        "type",
                                        "label",
                                        "customer",
                                        "credentialsType",
                                        "certificateSubject",
                                        "certificateNotAfter",
                                        "certificateFingerprint",
                                        "active",
                                        "lastActivityTime",
                                        "createdTime",
                                        "groups"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        csv_cell_put(out, names[i]);
    if (x->tells_tokens)
        csv_cell_put(out, "accessToken");
    csv_row_end(out);
}

/* ---- one device ---- */

static err_t put_customer(const struct table *x, const struct device *device, struct buf *out,
                          struct problem *problem)
{
    struct customer customer;
    if (uuid_eq(&device->customer_id, &CUSTOMER_NOBODY)) {
        csv_cell_put(out, "");
        return ERR_OK;
    }
    err_t err =
        registry_customer_get(x->hub->registry, &device->tenant_id, &device->customer_id, &customer, problem);
    if (err != ERR_OK && err != ERR_NOT_FOUND) /* it went meanwhile */
        return err;
    csv_cell_put(out, err == ERR_OK ? customer.title : "");
    return ERR_OK;
}

static bool read_certificate(const struct credentials *credentials, struct certificate_view *ret)
{
    struct pem_chain chain;
    if (credentials->type != CREDENTIALS_X509 || credentials->value == NULL ||
        pem_read_certificates(slice_str(credentials->value), &chain, NULL) != ERR_OK)
        return false;
    err_t err = certificate_view_read(buf_slice(&chain.der[0]), ret, NULL);
    pem_chain_fini(&chain);
    return err == ERR_OK;
}

static void put_credentials(const struct credentials *credentials, struct buf *out)
{
    struct certificate_view view;
    bool is_read = read_certificate(credentials, &view);
    csv_cell_put(out, credentials_type_name(credentials->type));
    csv_cell_put(out, is_read ? view.subject : "");
    csv_cell_put_time(out, is_read ? view.not_after_ms : 0);
    csv_cell_put(out, credentials->type == CREDENTIALS_X509 ? credentials->credentials_id : "");
    if (is_read)
        certificate_view_fini(&view);
}

/* Names of the groups that devices of a piece are in; "All" is not among them. */
struct piece {
    const struct device_page *page;
    struct buf groups[DEVICES_A_PIECE];
    size_t at; /* the device that was told of last */
};

static bool on_membership(void *arg, const struct membership *m)
{
    struct piece *piece = arg;
    while (piece->at < piece->page->count && piece->page->devices[piece->at].number != m->device)
        piece->at++;
    if (piece->at == piece->page->count)
        return false;
    struct buf *names = &piece->groups[piece->at];
    buf_append_str(names, names->len != 0 ? "; " : "");
    buf_append_str(names, m->group_name);
    return true;
}

static err_t read_groups(const struct table *x, struct piece *piece, struct problem *problem)
{
    uint64_t numbers[DEVICES_A_PIECE];
    for (size_t i = 0; i < piece->page->count; i++)
        numbers[i] = piece->page->devices[i].number;
    return registry_group_memberships(x->hub->registry, &x->query.viewer_id, numbers, piece->page->count,
                                      on_membership, piece, problem);
}

static void piece_fini(struct piece *piece)
{
    for (size_t i = 0; i < DEVICES_A_PIECE; i++)
        buf_fini(&piece->groups[i]);
}

static err_t put_device(const struct table *x, const struct device *device, const struct presence_view *view,
                        struct buf *groups, struct buf *out, struct problem *problem)
{
    struct credentials credentials;
    err_t err =
        registry_credentials_get(x->hub->registry, &device->tenant_id, &device->id, &credentials, problem);
    if (err != ERR_OK)
        return err == ERR_NOT_FOUND ? ERR_OK : err; /* it went meanwhile */
    csv_cell_put(out, device->name);
    csv_cell_put(out, device->type);
    csv_cell_put(out, device->label);
    err = put_customer(x, device, out, problem);
    put_credentials(&credentials, out);
    csv_cell_put(out, view->active ? "true" : "false");
    csv_cell_put_time(out, device_last_activity_ms(x->hub, device->number, view));
    csv_cell_put_time(out, device->created_ms);
    csv_cell_put(out, buf_cstr(groups));
    if (x->tells_tokens)
        csv_cell_put(out, credentials.type == CREDENTIALS_ACCESS_TOKEN ? credentials.credentials_id : "");
    csv_row_end(out);
    credentials_fini(&credentials);
    return err;
}

/* ---- the stream ---- */

static err_t put_devices(struct table *x, const struct device_page *page, struct buf *out,
                         struct problem *problem)
{
    __attribute__((cleanup(piece_fini))) struct piece piece = {.page = page};
    TRY(read_groups(x, &piece, problem));
    for (size_t i = 0; i < page->count; i++) {
        struct presence_view view;
        presence_look(x->hub->presence, page->devices[i].number, &view);
        TRY(put_device(x, &page->devices[i], &view, &piece.groups[i], out, problem));
        x->query.after_number = page->devices[i].number;
    }
    return ERR_OK;
}

static err_t next_page(struct table *x, struct device_page *ret, struct problem *problem)
{
    if (!x->is_of_chosen)
        return registry_device_page(x->hub->registry, &x->query, ret, problem);
    *ret = x->chosen;
    x->chosen = (struct device_page){0};
    return ERR_OK;
}

static err_t next_piece(void *state, struct buf *out, bool *ret_is_last, struct problem *problem)
{
    struct table *x = state;
    AUTO_BUF rows = {0}; /* cells look at what is before them */
    struct device_page page;
    if (!x->has_begun)
        put_headings(x, &rows);
    x->has_begun = true;
    TRY(next_page(x, &page, problem));
    err_t err = put_devices(x, &page, &rows, problem);
    *ret_is_last = x->is_of_chosen || page.count < x->query.page_size;
    device_page_fini(&page);
    buf_append_slice(out, buf_slice(&rows));
    return err != ERR_OK || buf_is_ok(&rows) ? err : fail(problem, ERR_NOMEM, "", "no memory for the table");
}

static void table_free(void *state)
{
    struct table *x = state;
    device_page_fini(&x->chosen);
    free(x);
}

static const struct answer_source source = {next_piece, table_free};

/* ---- what is asked for ---- */

/* A piece at most. What is not there, or not for the caller, is left out. */
static err_t read_chosen(struct call *call, struct table *x, struct problem *problem)
{
    struct slice ids;
    struct uuid id;
    x->is_of_chosen = http_request_param(call->request, "deviceIds", &ids) && ids.len != 0;
    if (!x->is_of_chosen)
        return ERR_OK;
    x->chosen.devices = calloc(DEVICES_A_PIECE, sizeof *x->chosen.devices);
    if (x->chosen.devices == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the answer");
    while (ids.len != 0) {
        if (x->chosen.count == DEVICES_A_PIECE)
            return fail(problem, ERR_INVALID, "deviceIds", "deviceIds has more than %d ids", DEVICES_A_PIECE);
        TRY(call_next_id(&ids, "deviceIds", &id, problem));
        err_t err = access_device(call, &id, RIGHT_READ, &x->chosen.devices[x->chosen.count], problem);
        if (err == ERR_OK)
            x->chosen.count++;
        else if (err != ERR_NOT_FOUND && err != ERR_DENIED)
            return err;
    }
    return ERR_OK;
}

static err_t read_query(struct call *call, struct table *x, struct problem *problem)
{
    struct slice text = {0};
    x->query = device_filter_scope(call);
    x->query.sort = DEVICE_SORT_NUMBER;
    x->query.page_size = DEVICES_A_PIECE;
    if (http_request_param(call->request, "format", &text) && !slice_eq_str(text, "csv"))
        return fail(problem, ERR_INVALID, "format", "format is '%.*s'; expected csv",
                    text.len < 32 ? (int)text.len : 32, (const char *)text.data);
    TRY(device_filter_read(call, call->request, &x->filter, &x->query, problem));
    TRY(call_query_bool(call, "credentials", &x->tells_tokens, problem));
    if (x->tells_tokens && call->who.authority == AUTHORITY_CUSTOMER_USER)
        return access_denied("", problem);
    TRY(read_chosen(call, x, problem));
    return device_filter_read_group(call, &x->query, problem);
}

static err_t name_file(struct call *call, struct problem *problem)
{
    call->response->content_type = "text/csv; charset=utf-8";
    call->response->file_name = strdup("devices.csv");
    return call->response->file_name != NULL ? ERR_OK
                                             : fail(problem, ERR_NOMEM, "", "no memory for the answer");
}

err_t device_export(struct call *call, struct problem *problem)
{
    struct slice type = {0}, search = {0};
    http_request_param(call->request, "type", &type);
    http_request_param(call->request, "textSearch", &search);
    struct table *x = calloc(1, sizeof *x + type.len + search.len);
    if (x == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the answer");
    x->hub = call->api->hub;
    err_t err = read_query(call, x, problem);
    if (err == ERR_OK)
        err = name_file(call, problem);
    if (err != ERR_OK) {
        table_free(x);
        return err;
    }
    if (type.len != 0)
        memcpy(x->text, type.data, type.len);
    if (search.len != 0)
        memcpy(x->text + type.len, search.data, search.len);
    x->query.type = slice_of(x->text, type.len);
    x->query.text_search = slice_of(x->text + type.len, search.len);
    return answer_stream(call, &source, x);
}
