#include "http/device_refusal.h"

#include "hub/events.h"

err_t device_refusal(struct call *call, err_t err, const struct problem *problem)
{
    if (err != ERR_INVALID && err != ERR_LIMIT)
        return err;
    const struct event event = {.kind = EVENT_MESSAGE_REFUSED,
                                .device = call->device.device,
                                .topic = slice_str(call->route->pattern),
                                .reason = slice_str(problem->text)};
    events_record(call->api->hub->events, &event);
    call->error_status = 400;
    call->error_code = 31;
    return err;
}
