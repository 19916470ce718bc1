/* The server about itself. */
#include "http/resources.h"

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
