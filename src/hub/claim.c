#include "hub/claim.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/rate_limit.h"
#include "json/document.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

enum {
    SECRET_HASH = 32,
    SWEEP_EVERY_MS = 1000, /* at most so often all entries are looked at for room */
    TRIES = 4,             /* of a change that meets others */
};

struct offer {
    uint64_t device;
    uint64_t expires_ms; /* monotonic */
    uint8_t secret[SECRET_HASH];
    UT_hash_handle hh;
};

struct claims {
    pthread_mutex_t lock; /* guards offers and swept_ms; leaf */
    struct offer *offers;
    uint64_t swept_ms;
    size_t max;
    uint8_t key[SECRET_HASH]; /* of the secrets' hashes */
    struct rate_limit *by_device, *by_user;
};

err_t claims_new(const struct settings *settings, struct claims **ret)
{
    struct claims *c = calloc(1, sizeof *c);
    if (c == NULL)
        return ERR_NOMEM;
    pthread_mutex_init(&c->lock, NULL);
    c->max = settings->claim.max_open;
    random_bytes(c->key, sizeof c->key);
    c->by_device = rate_limit_new(settings->claim.per_device, settings->claim.per_device);
    c->by_user = rate_limit_new(settings->claim.per_user, settings->claim.per_user);
    if (c->by_device == NULL || c->by_user == NULL) {
        claims_free(c);
        return ERR_NOMEM;
    }
    *ret = c;
    return ERR_OK;
}

static void remove_offer(struct claims *c, struct offer *offer)
{
    HASH_DEL(c->offers, offer);
    free(offer);
}

void claims_free(struct claims *c)
{
    struct offer *offer, *next;
    if (c == NULL)
        return;
    HASH_ITER (hh, c->offers, offer, next) {
        remove_offer(c, offer);
    }
    rate_limit_free(c->by_device);
    rate_limit_free(c->by_user);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

static void hash_secret(const struct claims *c, struct slice secret, uint8_t out[SECRET_HASH])
{
    crypto_generichash(out, SECRET_HASH, secret.data, secret.len, c->key, sizeof c->key);
}

/* ---- what devices allow ---- */

static err_t read_members(const json_t *body, struct claim_terms *ret, struct problem *problem)
{
    int64_t duration_ms = 0;
    if (!json_is_object(body))
        return fail(problem, ERR_INVALID, "", "the claim is %s; expected an object, or nothing at all",
                    document_kind(body));
    TRY(document_get_text(body, "secretKey", ret->secret, sizeof ret->secret, problem));
    if (strlen(ret->secret) < json_string_length(json_object_get(body, "secretKey")))
        return fail(problem, ERR_INVALID, "secretKey", "secretKey has a NUL character; expected none");
    TRY(document_get_integer(body, "durationMs", &duration_ms, NULL, problem));
    if (duration_ms < 0)
        return fail(problem, ERR_INVALID, "durationMs", "durationMs is %lld; expected milliseconds",
                    (long long)duration_ms);
    ret->duration_ms = (uint64_t)duration_ms;
    return ERR_OK;
}

err_t claim_read(struct slice payload, uint32_t max_depth, struct claim_terms *ret, struct problem *problem)
{
    AUTO_JSON body = NULL;
    struct claim_terms terms = {0};
    if (payload.len != 0) {
        TRY(document_parse_lenient(payload, max_depth, &body, problem));
        TRY(read_members(body, &terms, problem));
    }
    *ret = terms;
    return ERR_OK;
}

static void sweep(struct claims *c, uint64_t now_ms)
{
    struct offer *offer, *next;
    if (c->swept_ms != 0 && now_ms - c->swept_ms < SWEEP_EVERY_MS)
        return;
    c->swept_ms = now_ms;
    HASH_ITER (hh, c->offers, offer, next) {
        if (offer->expires_ms <= now_ms)
            remove_offer(c, offer);
    }
}

/* With the lock held. */
static err_t add_offer(struct claims *c, uint64_t device, uint64_t now_ms, struct offer **ret)
{
    if (HASH_COUNT(c->offers) >= c->max)
        sweep(c, now_ms);
    if (HASH_COUNT(c->offers) >= c->max)
        return ERR_LIMIT;
    struct offer *offer = calloc(1, sizeof *offer);
    if (offer == NULL)
        return ERR_NOMEM;
    offer->device = device;
    HASH_ADD(hh, c->offers, device, sizeof offer->device, offer);
    if (offer->hh.tbl == NULL) {
        free(offer);
        return ERR_NOMEM;
    }
    *ret = offer;
    return ERR_OK;
}

static struct offer *find_offer(const struct claims *c, uint64_t device)
{
    struct offer *offer = NULL;
    HASH_FIND(hh, c->offers, &device, sizeof device, offer);
    return offer;
}

static err_t put_offer(struct claims *c, uint64_t device, struct slice secret, uint64_t duration_ms)
{
    uint64_t now_ms = clock_mono_ms();
    err_t err = ERR_OK;
    uint8_t hash[SECRET_HASH];
    hash_secret(c, secret, hash);
    pthread_mutex_lock(&c->lock);
    struct offer *offer = find_offer(c, device);
    if (offer == NULL)
        err = add_offer(c, device, now_ms, &offer);
    if (err == ERR_OK) {
        offer->expires_ms = now_ms + duration_ms;
        memcpy(offer->secret, hash, sizeof offer->secret);
    }
    pthread_mutex_unlock(&c->lock);
    return err;
}

err_t claim_allow_terms(struct hub *hub, uint64_t device, struct slice secret, uint64_t duration_ms,
                        struct problem *problem)
{
    const struct settings *settings = hub->settings;
    if (!settings->claim.allowed)
        return fail(problem, ERR_DENIED, "", "claiming is switched off (claim.allowed)");
    if (duration_ms == 0 || duration_ms > settings->claim.duration)
        duration_ms = settings->claim.duration;
    err_t err = put_offer(hub->claims, device, secret, duration_ms);
    if (err == ERR_LIMIT)
        return fail(problem, err, "",
                    "too many devices wait to be claimed (claim.max_open); try again later");
    return err;
}

err_t claim_allow(struct hub *hub, uint64_t device, struct slice payload, struct problem *problem)
{
    struct claim_terms terms;
    TRY(claim_read(payload, hub->settings->json.max_depth, &terms, problem));
    err_t err = claim_allow_terms(hub, device, slice_str(terms.secret), terms.duration_ms, problem);
    wipe(terms.secret, sizeof terms.secret);
    return err;
}

err_t claim_request_work(struct request *request, struct problem *problem)
{
    return claim_allow(request->hub, request->source.device, buf_slice(&request->payload), problem);
}

static bool is_offered(struct claims *c, uint64_t device, const char *secret)
{
    uint8_t hash[SECRET_HASH];
    uint64_t now_ms = clock_mono_ms();
    hash_secret(c, slice_str(secret), hash);
    pthread_mutex_lock(&c->lock);
    const struct offer *offer = find_offer(c, device);
    bool matches =
        offer != NULL && offer->expires_ms > now_ms && sodium_memcmp(offer->secret, hash, sizeof hash) == 0;
    pthread_mutex_unlock(&c->lock);
    return matches;
}

void claim_withdraw(struct hub *hub, uint64_t device)
{
    struct claims *c = hub->claims;
    pthread_mutex_lock(&c->lock);
    struct offer *offer = find_offer(c, device);
    if (offer != NULL)
        remove_offer(c, offer);
    pthread_mutex_unlock(&c->lock);
}

/* ---- who takes them ---- */

const char *claim_outcome_name(enum claim_outcome outcome)
{
    switch (outcome) {
    case CLAIM_SUCCESS: return "SUCCESS";
    case CLAIM_FAILURE: return "FAILURE";
    case CLAIM_CLAIMED: return "CLAIMED";
    }
    return NULL;
}

static bool is_nobodys(const struct device *device)
{
    return uuid_eq(&device->customer_id, &CUSTOMER_NOBODY);
}

static err_t set_owner(struct hub *hub, struct device *device, const struct uuid *customer,
                       struct problem *problem)
{
    device->customer_id = *customer;
    TRY(registry_device_update(hub->registry, device, NULL, problem));
    claim_withdraw(hub, device->number);
    return ERR_OK;
}

/* The registry's version of the device decides between two that want it at once. */
static err_t take_found(struct hub *hub, const struct claimant *who, const char *secret,
                        struct device *device, enum claim_outcome *ret, struct problem *problem)
{
    *ret = CLAIM_CLAIMED;
    if (!is_nobodys(device))
        return ERR_OK;
    *ret = CLAIM_FAILURE;
    if (!is_offered(hub->claims, device->number, secret))
        return ERR_OK;
    TRY(set_owner(hub, device, &who->customer_id, problem));
    *ret = CLAIM_SUCCESS;
    return ERR_OK;
}

static err_t take(struct hub *hub, const struct claimant *who, const char *name, const char *secret,
                  enum claim_outcome *ret, struct device *ret_device, struct problem *problem)
{
    struct device device;
    *ret = CLAIM_FAILURE;
    err_t err = registry_device_by_name(hub->registry, &who->tenant_id, name, &device, problem);
    if (err == ERR_NOT_FOUND)
        return ERR_OK;
    TRY(err);
    err = take_found(hub, who, secret, &device, ret, problem);
    if (err == ERR_OK && *ret == CLAIM_SUCCESS)
        *ret_device = device_take(&device);
    device_fini(&device);
    return err;
}

/* Names are counted whether there is such a device or not, so that the answer tells nothing. */
static void put_name_key(const struct claimant *who, const char *name, struct buf *out)
{
    buf_append(out, who->tenant_id.bytes, sizeof who->tenant_id.bytes);
    buf_append_str(out, name);
}

/* Each try is counted before it is made, so that many at once are, too; a success does not count. */
static err_t count_try(struct claims *c, struct slice device, struct slice user, struct problem *problem)
{
    uint64_t now_ms = clock_mono_ms();
    if (!rate_limit_take(c->by_user, user, now_ms))
        return fail(problem, ERR_LIMIT, "", "too many claims in vain (claim.per_user); try again later");
    if (rate_limit_take(c->by_device, device, now_ms))
        return ERR_OK;
    rate_limit_give_back(c->by_user, user);
    return fail(problem, ERR_LIMIT, "",
                "too many claims of this device in vain (claim.per_device); try again later");
}

err_t claim_device(struct hub *hub, const struct claimant *who, const char *name, const char *secret,
                   enum claim_outcome *ret_outcome, struct device *ret_device, struct problem *problem)
{
    AUTO_BUF name_key = {0};
    struct slice user = slice_of(who->user_id.bytes, sizeof who->user_id.bytes);
    put_name_key(who, name, &name_key);
    if (!buf_is_ok(&name_key))
        return ERR_NOMEM;
    TRY(count_try(hub->claims, buf_slice(&name_key), user, problem));
    err_t err = ERR_CONFLICT; /* the device was changed meanwhile: look again */
    for (int i = 0; i < TRIES && err == ERR_CONFLICT; i++)
        err = take(hub, who, name, secret, ret_outcome, ret_device, problem);
    if (err != ERR_OK || *ret_outcome == CLAIM_SUCCESS) {
        rate_limit_give_back(hub->claims->by_user, user);
        rate_limit_give_back(hub->claims->by_device, buf_slice(&name_key));
    }
    if (err == ERR_OK)
        log_info("device.claim", log_text("name", name),
                 log_text("outcome", claim_outcome_name(*ret_outcome)));
    return err;
}

static err_t give_back(struct hub *hub, const struct claimant *who, const char *name, struct uuid *ret_id,
                       struct problem *problem)
{
    struct device device;
    TRY(registry_device_by_name(hub->registry, &who->tenant_id, name, &device, problem));
    err_t err = uuid_eq(&device.customer_id, &who->customer_id)
                    ? set_owner(hub, &device, &CUSTOMER_NOBODY, problem)
                    : fail(problem, ERR_NOT_FOUND, "", "no such device");
    if (err == ERR_OK)
        *ret_id = device.id;
    device_fini(&device);
    return err;
}

err_t claim_give_back(struct hub *hub, const struct claimant *who, const char *name, struct uuid *ret_id,
                      struct problem *problem)
{
    err_t err = ERR_CONFLICT;
    for (int i = 0; i < TRIES && err == ERR_CONFLICT; i++)
        err = give_back(hub, who, name, ret_id, problem);
    if (err == ERR_OK)
        log_info("device.given_back", log_text("name", name));
    return err;
}
