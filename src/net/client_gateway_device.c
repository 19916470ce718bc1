/* The devices behind a gateway's connection: seats, messages of the platform, the end. */
#include "net/client_gateway.h"

#include "base/log.h"
#include "hub/gateway_form.h"
#include "hub/rpc_persistent.h"

/* ---- seats --------------------------------------------------------------------------------------------- */

/* A name for the device's seat that no client can have as its id: those hold no NUL. */
static void seat_name(const struct connection *c, struct buf *out)
{
    buf_append_u8(out, 0);
    buf_printf(out, "gateway/%llu/", (unsigned long long)c->device);
    buf_append_slice(out, session_client_id(&c->session));
}

/* A message of the platform for one of the devices. */
static bool on_downlink(void *arg, uint64_t handle, uint64_t number, struct downlink *downlink,
                        enum delivery_result *ret_result)
{
    struct reactor *r = arg;
    struct connection *c = reactor_find(r, handle);
    struct gateway_device *device =
        c != NULL && c->gateway != NULL ? gateway_find_number(c->gateway, number) : NULL;
    if (device == NULL || !device->is_seated)
        return false;
    *ret_result =
        gateway_deliver(downlink, gateway_device_name(device), &c->session, reactor_now(r), &r->out);
    connection_flush(c);
    return true;
}

/* The seat was not free at once, and is now. */
static void on_granted(void *arg, uint64_t handle, struct seat_claim *claim, struct session_state *state)
{
    struct reactor *r = arg;
    struct connection *c = reactor_find(r, handle);
    struct gateway_device *device =
        c != NULL && c->gateway != NULL ? gateway_find_claim(c->gateway, claim) : NULL;
    r->questions--;
    session_state_free(state);
    if (device == NULL) {
        sessions_release(r->hub->sessions, claim, NULL, NULL);
        return;
    }
    device->is_seated = true;
    rpc_persistent_listens(r->hub, device->number, true);
}

/* Whoever wants the seat is a newer connection of the same gateway and client id: it is the connection that must go. */
static err_t take_seat(struct connection *c, struct gateway_device *device)
{
    struct reactor *r = c->reactor;
    struct session_state *state = NULL;
    const struct seat_owner owner = {&r->box, c->handle, client_on_evict, on_granted, on_downlink, true};
    AUTO_BUF name = {0};
    seat_name(c, &name);
    if (!buf_is_ok(&name))
        return ERR_NOMEM;
    err_t err = sessions_claim(r->hub->sessions, device->number, buf_slice(&name), &owner, reactor_now(r),
                               &device->claim, &state);
    if (err == ERR_AGAIN)
        r->questions++;
    device->is_seated = err == ERR_OK;
    session_state_free(state);
    return err == ERR_AGAIN ? ERR_OK : err;
}

/* ---- come and go --------------------------------------------------------------------------------------- */

static void record(struct connection *c, const struct gateway_device *device, enum event_kind kind,
                   const char *reason)
{
    const struct event event = {.kind = kind,
                                .device = device->number,
                                .client_id = session_client_id(&c->session),
                                .reason = slice_str(reason)};
    events_record(c->reactor->hub->events, &event);
}

err_t client_gateway_admit(struct connection *c, const struct gateway_newcomer *newcomer,
                           struct problem *problem)
{
    struct gateway_device *device;
    struct slice name = slice_str(newcomer->name);
    if (gateway_find(c->gateway, name) != NULL)
        return ERR_OK;
    device = gateway_find_number(c->gateway, newcomer->number);
    if (device != NULL)
        client_gateway_dismiss(c, device, "it has got another name");
    TRY(gateway_add(c->gateway, name, newcomer->number, &device, problem));
    err_t err = take_seat(c, device);
    if (err != ERR_OK) {
        gateway_remove(device);
        return err;
    }
    device->presence = client_arrive(c->reactor, device->number, newcomer->inactivity_timeout_ms);
    record(c, device, EVENT_CONNECTED, "through a gateway");
    log_debug("gateway.device_opened", log_number("device", (int64_t)device->number),
              log_number("gateway", (int64_t)c->device));
    if (device->is_seated)
        rpc_persistent_listens(c->reactor->hub, device->number, true);
    return ERR_OK;
}

void client_gateway_listens(struct connection *c)
{
    struct gateway_device *device = c->gateway != NULL ? gateway_first(c->gateway) : NULL;
    for (; device != NULL; device = gateway_next(device))
        if (device->is_seated)
            rpc_persistent_listens(c->reactor->hub, device->number, true);
}

void client_gateway_dismiss(struct connection *c, struct gateway_device *device, const char *why)
{
    struct reactor *r = c->reactor;
    record(c, device, EVENT_DISCONNECTED, why);
    if (device->is_seated)
        sessions_release(r->hub->sessions, device->claim, NULL, NULL);
    /* else a claim still waits: on_granted will find nobody and give the seat back */
    if (device->presence != NULL)
        client_depart(r, device->presence);
    gateway_remove(device);
}

void client_gateway_end(struct connection *c)
{
    struct gateway *gateway = c->gateway;
    struct gateway_device *device;
    if (gateway == NULL)
        return;
    while ((device = gateway_first(gateway)) != NULL)
        client_gateway_dismiss(c, device, "the gateway's connection ended");
    if (gateway->arrived != NULL)
        gateway_registration_free(gateway->arrived);
    gateway_free(gateway);
    c->gateway = NULL;
}

void client_gateway_revoke(struct reactor *r, uint64_t number)
{
    struct gateway_device *device;
    while ((device = gateways_carrier(r->gateways, number)) != NULL) {
        struct connection *c = reactor_find(r, device->gateway->client);
        CHECK(c != NULL && c->phase == CONNECTION_OPEN);
        gateway_tell_end(gateway_device_name(device), MQTT_REASON_ADMINISTRATIVE_ACTION, &c->session,
                         reactor_now(r), &r->out);
        client_gateway_dismiss(c, device, "the device's credentials changed");
        connection_flush(c);
    }
}
