#include "hub/door_chain.h"

#include "base/address.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "hub/audit_log.h"
#include "hub/door.h"
#include "hub/profiles.h"
#include "pki/name_pattern.h"

#include <stdio.h>

enum { TRIES = 3, SHOWN_NAME = 64 };

/* One certificate at the door. */
struct visit {
    struct hub *hub;
    const struct chain_der *presented;
    const struct chain *chain;
    const uint8_t *address; /* NULL: not known */
};

/* Bytes of a name that a sentence has room for, cut at a whole character. */
static int shown(const char *name)
{
    struct slice text = slice_str(name);
    return (int)text_utf8_prefix(slice_of(text.data, text.len < SHOWN_NAME ? text.len : SHOWN_NAME));
}

/* ---- which authority ---- */

static err_t ask_authority(const struct visit *v, const struct uuid *profile, struct profile_config **ret,
                           struct problem *problem)
{
    struct profile_config *config = NULL;
    const struct settings *settings = v->hub->settings;
    const struct certificate_rules rules = {.min_rsa_bits = settings->tls.min_rsa_bits,
                                            .allow_expired = settings->tls.allow_expired};
    TRY(profiles_get(v->hub, profile, &config, problem));
    err_t err = ERR_NOT_FOUND; /* for a profile that has been given another strategy meanwhile */
    if (config->provision.type == PROVISION_X509_CHAIN)
        err =
            chain_check(v->chain, buf_slice(&config->provision.authority), clock_wall_ms(), &rules, problem);
    if (err == ERR_OK)
        *ret = config;
    else
        profile_config_unref(config);
    return err;
}

/* Those of one name. One that signed and refuses says more than one that only has the name. */
static err_t ask_authorities(const struct visit *v, uint32_t name_hash, struct profile_config **ret,
                             err_t *verdict, struct problem *problem)
{
    struct uuid profiles[AUTHORITY_PROFILES_MAX];
    size_t count = 0;
    TRY(registry_profiles_by_authority(v->hub->registry, name_hash, profiles, &count, problem));
    for (size_t i = 0; i < count; i++) {
        struct problem why = {0};
        err_t err = ask_authority(v, &profiles[i], ret, &why);
        if (err == ERR_OK)
            return ERR_OK;
        if (err == ERR_DENIED || *verdict == ERR_NOT_FOUND)
            *problem = why;
        if (err != ERR_DENIED && err != ERR_NOT_FOUND)
            return err;
        if (err == ERR_DENIED)
            *verdict = ERR_DENIED;
    }
    return ERR_NOT_FOUND;
}

static err_t tell_stranger(const struct visit *v, struct problem *problem)
{
    char issuer[SHOWN_NAME + 1];
    if (chain_is_self_issued(v->chain))
        return fail(problem, ERR_NOT_FOUND, "certificate",
                    "certificate not registered: no device has these credentials");
    chain_top_issuer(v->chain, issuer, sizeof issuer);
    return fail(
        problem, ERR_NOT_FOUND, "certificate",
        "certificate not registered: no device has these credentials, and it is signed by '%s', which is no "
        "registered authority",
        issuer);
}

static err_t find_authority(const struct visit *v, struct profile_config **ret, struct problem *problem)
{
    err_t verdict = ERR_NOT_FOUND;
    struct problem why = {0};
    for (size_t i = 0; i < chain_issuer_count(v->chain); i++) {
        err_t err = ask_authorities(v, chain_issuer_hash(v->chain, i), ret, &verdict, &why);
        if (err == ERR_OK)
            return ERR_OK;
        if (err != ERR_NOT_FOUND) {
            *problem = why;
            return err;
        }
    }
    if (why.text[0] == '\0')
        return tell_stranger(v, problem);
    *problem = why;
    return verdict;
}

/* ---- what the registry says about the path ---- */

static err_t check_is_no_device(const struct visit *v, const char *fingerprint, struct problem *problem)
{
    struct door_entry entry;
    struct slice id = slice_str(fingerprint);
    err_t err = registry_door_find(v->hub->registry, CREDENTIALS_X509, id, &entry, NULL, NULL);
    if (err == ERR_OK)
        return fail(problem, ERR_DENIED, "certificate",
                    "certificate refused: among its issuers is the certificate of device '%.*s', and devices "
                    "vouch for "
                    "nobody",
                    shown(entry.name), entry.name);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static err_t check_no_device_signs(const struct visit *v, const struct profile_config *config,
                                   struct problem *problem)
{
    uint8_t fingerprint[FINGERPRINT_SIZE];
    char hex[FINGERPRINT_HEX_SIZE];
    TRY(check_is_no_device(v, config->provision.key, problem));
    for (uint32_t i = 1; i < v->presented->count; i++) {
        certificate_fingerprint(chain_der_at(v->presented, i), fingerprint);
        text_to_hex(slice_of(fingerprint, sizeof fingerprint), hex);
        TRY(check_is_no_device(v, hex, problem));
    }
    return ERR_OK;
}

/* ---- which device ---- */

static err_t refuse_name(err_t err, const struct problem *why, const struct profile_config *config,
                         struct problem *problem)
{
    if (err == ERR_NOMEM)
        return fail(problem, err, "", "%s", why->text);
    return fail(problem, ERR_DENIED, "certificate", "certificate refused: device profile '%.*s': %.180s",
                shown(config->name), config->name, why->text);
}

static err_t find_name(const struct visit *v, const struct profile_config *config, char out[NAME_SIZE],
                       struct problem *problem)
{
    char common_name[COMMON_NAME_SIZE];
    struct slice found = {0};
    struct problem why = {0};
    TRY(chain_common_name(v->chain, common_name, problem));
    err_t err = entity_check_name("common name", slice_str(common_name), &why);
    if (err == ERR_OK)
        err = name_pattern_find(config->provision.name_pattern, slice_str(common_name), &found, &why);
    if (err == ERR_OK)
        err = entity_check_name("device name found by the pattern", found, &why);
    if (err != ERR_OK)
        return refuse_name(err, &why, config, problem);
    CHECK(slice_to_cstr(found, out, NAME_SIZE));
    return ERR_OK;
}

/* Nobody's doing but the device's and its authority's: what is put down names no user. */
static struct audit_entry audit_entry_of(const struct visit *v, const struct profile_config *config)
{
    struct audit_entry entry = {0};
    AUTO_JSON data = json_pack("{s:s, s:s}", "by", "certificate chain", "deviceProfile", config->name);
    if (v->address != NULL)
        address_write(v->address, entry.address);
    audit_log_set_data(&entry, data);
    return entry;
}

static err_t register_leaf(const struct visit *v, const struct profile_config *config, const char *name,
                           struct door_entry *ret, enum enrolment_outcome *ret_outcome,
                           struct problem *problem)
{
    struct certificate_view view;
    const struct audit_entry audit = audit_entry_of(v, config);
    const struct audit_bounds bounds = audit_log_bounds(v->hub);
    TRY(certificate_view_read(chain_der_at(v->presented, 0), &view, problem));
    const struct enrolment enrolment = {
        .profile_id = config->profile_id,
        .profile_version = config->version,
        .device_name = name,
        .may_create = config->provision.may_create,
        .fingerprint = view.fingerprint_hex,
        .base64 = buf_cstr(&view.base64),
        .not_before_ms = view.not_before_ms,
        .audit = &audit,
        .audit_bounds = &bounds,
    };
    err_t err = registry_enrol(v->hub->registry, &enrolment, ret, ret_outcome, problem);
    certificate_view_fini(&view);
    return err == ERR_CONFLICT ? ERR_DENIED : err;
}

/* The device's former credentials are no longer valid: before this login is answered, its sessions are over. */
static void announce(const struct visit *v, const struct profile_config *config,
                     const struct door_entry *entry, enum enrolment_outcome outcome)
{
    if (outcome == ENROLMENT_CREATED)
        log_info("device.created", log_text("name", entry->name), log_text("profile", config->name),
                 log_text("by", "certificate chain"));
    if (outcome != ENROLMENT_REPLACED)
        return;
    door_revoke(v->hub->door, entry->device);
    log_info("credentials.changed", log_text("device", entry->name),
             log_text("type", credentials_type_name(CREDENTIALS_X509)), log_text("by", "certificate chain"));
}

static err_t admit_by(const struct visit *v, const struct profile_config *config, struct door_entry *ret,
                      struct problem *problem)
{
    char name[NAME_SIZE];
    enum enrolment_outcome outcome;
    TRY(check_no_device_signs(v, config, problem));
    TRY(find_name(v, config, name, problem));
    TRY(register_leaf(v, config, name, ret, &outcome, problem));
    announce(v, config, ret, outcome);
    return ERR_OK;
}

static err_t admit_once(const struct visit *v, struct door_entry *ret, struct problem *problem)
{
    struct profile_config *config = NULL;
    TRY(find_authority(v, &config, problem));
    err_t err = admit_by(v, config, ret, problem);
    if (err == ERR_AGAIN) /* what was judged by is out of date */
        profiles_changed(v->hub, &config->profile_id);
    profile_config_unref(config);
    return err;
}

static err_t admit(const struct visit *v, struct door_entry *ret, struct problem *problem)
{
    for (int i = 0; i < TRIES; i++) {
        err_t err = admit_once(v, ret, problem);
        if (err != ERR_AGAIN)
            return err;
    }
    return fail(problem, ERR_LIMIT, "", "the device profile is being changed; try again");
}

err_t door_chain_admit(struct hub *hub, const struct chain_der *presented, const uint8_t *address_or_null,
                       struct door_entry *ret, struct problem *problem)
{
    struct chain *chain = NULL;
    if (presented->presented > presented->count)
        return fail(
            problem, ERR_DENIED, "certificate",
            "certificate refused: it is not registered, and its chain has %u certificates; at most %u are "
            "accepted (tls.max_chain)",
            presented->presented, hub->settings->tls.max_chain);
    TRY(chain_read(presented, &chain, problem));
    const struct visit visit = {hub, presented, chain, address_or_null};
    err_t err = admit(&visit, ret, problem);
    chain_free(chain);
    return err;
}
