#include "hub/profiles.h"

#include "base/log.h"
#include "hub/door.h"
#include "hub/retention.h"

#include <pthread.h>
#include <stdlib.h>
#include <uthash.h>

enum { KNOWN_MAX = 10000 }; /* configurations kept; some 2 KiB each, and their JSON */

struct known {
    UT_hash_handle hh;
    struct uuid id;
    struct profile_config *config;
};

struct profiles {
    pthread_mutex_t lock;
    struct known *known; /* in the order they came: the oldest makes room */
};

err_t profiles_new(struct profiles **ret)
{
    struct profiles *p = calloc(1, sizeof *p);
    if (p == NULL)
        return ERR_NOMEM;
    pthread_mutex_init(&p->lock, NULL);
    *ret = p;
    return ERR_OK;
}

static struct known *look(struct profiles *p, const struct uuid *id)
{
    struct known *known;
    HASH_FIND(hh, p->known, id, sizeof *id, known);
    return known;
}

static void drop(struct profiles *p, struct known *known)
{
    HASH_DEL(p->known, known);
    profile_config_unref(known->config);
    free(known);
}

void profiles_free(struct profiles *p)
{
    struct known *known, *next;
    if (p == NULL)
        return;
    HASH_ITER (hh, p->known, known, next) {
        drop(p, known);
    }
    pthread_mutex_destroy(&p->lock);
    free(p);
}

static struct profile_config *find(struct profiles *p, const struct uuid *id)
{
    pthread_mutex_lock(&p->lock);
    struct known *known = look(p, id);
    struct profile_config *config = known != NULL ? profile_config_ref(known->config) : NULL;
    pthread_mutex_unlock(&p->lock);
    return config;
}

static void forget(struct profiles *p, const struct uuid *id)
{
    pthread_mutex_lock(&p->lock);
    struct known *known = look(p, id);
    if (known != NULL)
        drop(p, known);
    pthread_mutex_unlock(&p->lock);
}

static struct known *make_room_for(struct profiles *p, const struct uuid *id)
{
    struct known *known = calloc(1, sizeof *known);
    if (known == NULL)
        return NULL;
    if (HASH_COUNT(p->known) >= KNOWN_MAX)
        drop(p, p->known);
    known->id = *id;
    HASH_ADD(hh, p->known, id, sizeof known->id, known);
    return known;
}

/* Two threads may have read at the same time: the newer one stays, and both go on with it. */
static struct profile_config *keep(struct profiles *p, struct profile_config *config)
{
    pthread_mutex_lock(&p->lock);
    struct known *known = look(p, &config->profile_id);
    if (known != NULL && known->config->version > config->version) {
        profile_config_unref(config);
        config = profile_config_ref(known->config);
    } else {
        if (known == NULL)
            known = make_room_for(p, &config->profile_id);
        if (known != NULL) { /* else it is read again next time */
            profile_config_unref(known->config);
            known->config = profile_config_ref(config);
        }
    }
    pthread_mutex_unlock(&p->lock);
    return config;
}

static err_t load(struct hub *hub, const struct uuid *id, struct profile_config **ret,
                  struct problem *problem)
{
    struct profile profile;
    struct profile_config *config = NULL;
    struct problem why = {0};
    TRY(registry_profile_by_id(hub->registry, id, &profile, problem));
    err_t err = profile_config_read(&profile, &config, &why);
    if (err == ERR_OK)
        *ret = keep(hub->profiles, config);
    else
        err = fail(problem, err == ERR_NOMEM ? err : ERR_INTERNAL, "",
                   "the stored device profile '%.60s' cannot be used: %.200s", profile.name, why.text);
    profile_fini(&profile);
    return err;
}

err_t profiles_get(struct hub *hub, const struct uuid *profile, struct profile_config **ret,
                   struct problem *problem)
{
    struct profile_config *config = find(hub->profiles, profile);
    if (config == NULL)
        return load(hub, profile, ret, problem);
    *ret = config;
    return ERR_OK;
}

void profiles_changed(struct hub *hub, const struct uuid *profile)
{
    AUTO_PROFILE_CONFIG *config = NULL;
    struct problem problem = {0};
    err_t err = load(hub, profile, &config, &problem);
    retention_profiles_changed(hub->retention);
    if (err != ERR_OK)
        forget(hub->profiles, profile);
    if (err != ERR_OK && err != ERR_NOT_FOUND)
        log_warning("profile.unreadable", log_text("error", err_info(err)->name),
                    log_text("reason", problem.text));
    door_profile_changed(hub->door, profile, config);
}
