/* Telemetry of a device, written by people and scripts. */
#include "base/clock.h"
#include "http/resources.h"
#include "http/telemetry_call.h"
#include "hub/telemetry.h"
#include "hub/writer.h"

err_t telemetry_save(struct call *call, struct problem *problem)
{
    const struct settings *settings = call->api->hub->settings;
    struct body_scratch scratch = {0};
    struct batch batch = {0};
    struct body_options options = {.now_ms = clock_wall_ms(),
                                   .type_cast = settings->telemetry.type_cast,
                                   .max_keys = settings->telemetry.max_keys,
                                   .max_depth = settings->json.max_depth,
                                   .scratch = &scratch};
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
