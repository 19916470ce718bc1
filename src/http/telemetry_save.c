/* Telemetry of a device, written by people and scripts. */
#include "base/clock.h"
#include "base/text.h"
#include "http/resources.h"
#include "http/telemetry_call.h"
#include "hub/telemetry.h"
#include "hub/writer.h"

/* @param ttl_s  how long the points stay; 0: as long as the device's others */
static err_t save(struct call *call, uint64_t ttl_s, struct problem *problem)
{
    const struct settings *settings = call->api->hub->settings;
    struct body_scratch scratch = {0};
    struct batch batch = {0};
    struct body_options options = {.now_ms = clock_wall_ms(),
                                   .type_cast = settings->telemetry.type_cast,
                                   .max_keys = settings->telemetry.max_keys,
                                   .max_depth = settings->json.max_depth,
                                   .scratch = &scratch};
    if (ttl_s != 0)
        options.expires_ms = options.now_ms + (int64_t)ttl_s * 1000;
    TRY(telemetry_device(call, &options.device, problem));
    err_t err = telemetry_parse(call->request->body, &options, &batch, problem);
    if (err == ERR_OK && !batch_is_empty(&batch))
        err = writer_write(call->api->hub->writer, &batch, problem);
    batch_fini(&batch);
    body_scratch_fini(&scratch);
    if (err == ERR_OK)
        call->response->status = 200;
    return err;
}

err_t telemetry_save(struct call *call, struct problem *problem)
{
    return save(call, 0, problem);
}

err_t telemetry_save_for_a_time(struct call *call, struct problem *problem)
{
    struct slice text = call->parts[3];
    uint64_t ttl_s = 0;
    if (!text_to_u64(text, UINT32_MAX, &ttl_s))
        return fail(problem, ERR_INVALID, "ttl",
                    "ttl is '%.*s'; expected seconds, a whole number from 0 to %u",
                    text.len < 32 ? (int)text.len : 32, (const char *)text.data, UINT32_MAX);
    return save(call, ttl_s, problem);
}
