#include "cli/administrator.h"

#include "cli/init.h"
#include "http/auth.h"
#include "hub/hub.h"

/* The store is made with default settings: those of the directory are all commented out at this time. */
static err_t create_administrator(void *arg, const char *dir, const char *email, const char *password,
                                  struct problem *problem)
{
    static const struct settings_sources defaults;
    struct settings settings;
    struct hub hub;
    TRY(settings_read(&defaults, &settings, problem));
    err_t err = hub_open(dir, &settings, true, &hub, problem);
    if (err == ERR_OK) {
        err = auth_create_administrator(&hub, email, password, problem);
        hub_close(&hub);
    }
    settings_fini(&settings);
    return err;
}

int cli_init(int argc, char **argv)
{
    return init_command(argc, argv, create_administrator, NULL);
}
