#include "http/api.h"

#include "base/random.h"
#include "base/rate_limit.h"
#include "http/login_guard.h"

#include <sodium.h>

enum { REFUSALS_AT_ONCE = 100, REFUSALS_A_MINUTE = 600 };

err_t api_init(struct api *api, struct hub *hub, struct problem *problem)
{
    if (sodium_init() < 0)
        return fail(problem, ERR_INTERNAL, "", "libsodium found no source of random numbers");
    struct api made = {.hub = hub};
    TRY(registry_tenant_default(hub->registry, &made.tenant, problem));
    TRY(registry_secret(hub->registry, "jwt", made.secret, sizeof made.secret, problem));
    made.guard = login_guard_new(hub->settings->auth.login_attempts);
    made.address_guard = login_guard_new(hub->settings->auth.login_attempts_per_address);
    made.refusals = rate_limit_new(REFUSALS_AT_ONCE, REFUSALS_A_MINUTE);
    if (made.guard == NULL || made.address_guard == NULL || made.refusals == NULL) {
        api_fini(&made);
        return fail(problem, ERR_NOMEM, "", "no memory for the login guard");
    }
    if (hub->settings->mqtt.listen.is_on)
        made.mqtt_port = hub->settings->mqtt.listen.port;
    if (hub->settings->mqtt.tls_listen.is_on)
        made.mqtt_tls_port = hub->settings->mqtt.tls_listen.port;
    *api = made;
    wipe(made.secret, sizeof made.secret);
    return ERR_OK;
}

void api_fini(struct api *api)
{
    login_guard_free(api->guard);
    login_guard_free(api->address_guard);
    rate_limit_free(api->refusals);
    wipe(api->secret, sizeof api->secret);
    *api = (struct api){0};
}
