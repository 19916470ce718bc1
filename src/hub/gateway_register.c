#include "hub/gateway_register.h"

#include "base/log.h"
#include "hub/credentials.h"
#include "hub/profiles.h"
#include "hub/rollout.h"

#include <stdlib.h>

enum { AT_ONCE = 50, ROOM_START = 16 };

err_t gateway_registration_new(struct hub *hub, struct mailbox *home, struct gateway_registration **ret)
{
    struct gateway_registration *r = calloc(1, sizeof *r);
    if (r == NULL)
        return ERR_NOMEM;
    r->hub = hub;
    r->home = home;
    memcpy(r->type, GATEWAY_DEFAULT_TYPE, sizeof GATEWAY_DEFAULT_TYPE);
    *ret = r;
    return ERR_OK;
}

void gateway_registration_free(struct gateway_registration *r)
{
    buf_fini(&r->texts);
    buf_fini(&r->payload);
    free(r->newcomers);
    free(r);
}

err_t gateway_registration_set_type(struct gateway_registration *r, struct slice type,
                                    struct problem *problem)
{
    if (type.len == 0)
        return ERR_OK;
    TRY(entity_check_name("type", type, problem));
    CHECK(slice_to_cstr(type, r->type, sizeof r->type));
    return ERR_OK;
}

err_t gateway_registration_add(struct gateway_registration *r, struct slice name, struct problem *problem)
{
    TRY(entity_check_name("device", name, problem));
    if (r->count == r->room) {
        size_t room = r->room != 0 ? 2 * r->room : ROOM_START;
        struct gateway_newcomer *newcomers = realloc(r->newcomers, room * sizeof *newcomers);
        if (newcomers == NULL)
            return ERR_NOMEM;
        r->newcomers = newcomers;
        r->room = room;
    }
    CHECK(slice_to_cstr(name, r->newcomers[r->count].name, NAME_SIZE));
    r->newcomers[r->count++].number = 0;
    return ERR_OK;
}

/* ---- workers ------------------------------------------------------------------------------------------- */

static err_t note(struct gateway_registration *r, const struct device *device,
                  struct gateway_newcomer *newcomer)
{
    AUTO_PROFILE_CONFIG *profile = NULL;
    TRY(profiles_get(r->hub, &device->profile_id, &profile, &r->problem));
    newcomer->number = device->number;
    newcomer->inactivity_timeout_ms = profile->inactivity_timeout_ms;
    return ERR_OK;
}

static err_t find(struct gateway_registration *r, const struct device *gateway,
                  struct gateway_newcomer *newcomer)
{
    struct device found;
    TRY(registry_device_by_name(r->hub->registry, &gateway->tenant_id, newcomer->name, &found, &r->problem));
    err_t err = note(r, &found, newcomer);
    device_fini(&found);
    return err;
}

static err_t create(struct gateway_registration *r, const struct device *gateway,
                    struct gateway_newcomer *newcomer)
{
    struct registry *registry = r->hub->registry;
    struct profile profile;
    struct credentials credentials;
    struct device device = {.tenant_id = gateway->tenant_id, .customer_id = gateway->customer_id};
    TRY(registry_profile_by_name(registry, &gateway->tenant_id, r->type, true, &profile, &r->problem));
    device.profile_id = profile.id;
    profile_fini(&profile);
    memcpy(device.name, newcomer->name, sizeof device.name);
    credentials_generate(&credentials);
    TRY(registry_device_add(registry, &device, &credentials, &r->problem));
    rollout_wake(r->hub->rollout);
    log_info("device.created", log_text("name", device.name), log_number("number", (int64_t)device.number),
             log_number("gateway", (int64_t)gateway->number));
    return note(r, &device, newcomer);
}

static err_t find_or_create(struct gateway_registration *r, const struct device *gateway,
                            struct gateway_newcomer *newcomer)
{
    err_t err = find(r, gateway, newcomer);
    if (err != ERR_NOT_FOUND)
        return err;
    err = create(r, gateway, newcomer);
    if (err == ERR_CONFLICT) /* somebody else made it meanwhile */
        err = find(r, gateway, newcomer);
    return err;
}

static err_t look_up_some(struct gateway_registration *r)
{
    struct device gateway;
    err_t err = registry_device_by_number(r->hub->registry, r->source.device, &gateway, &r->problem);
    TRY(err);
    for (size_t n = 0; n < AT_ONCE && r->done < r->count && err == ERR_OK; n++)
        err = find_or_create(r, &gateway, &r->newcomers[r->done++]);
    device_fini(&gateway);
    return err;
}

static void deliver(struct mail *mail, void *reactor)
{
    struct gateway_registration *r = (struct gateway_registration *)mail;
    r->on_done(reactor, r);
}

/* The rest goes to the end of the queue; when that is full, on here. */
static void run(struct mail *mail, void *owner)
{
    struct gateway_registration *r = (struct gateway_registration *)mail;
    do {
        r->result = look_up_some(r);
        if (r->result == ERR_OK && r->done < r->count && workers_submit(r->hub->workers, mail))
            return;
    } while (r->result == ERR_OK && r->done < r->count);
    mail->deliver = deliver;
    mailbox_return(r->home, mail);
}

bool gateway_registration_start(struct gateway_registration *r)
{
    r->mail.deliver = run;
    r->done = 0;
    return workers_submit(r->hub->workers, &r->mail);
}
