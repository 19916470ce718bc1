#include "hub/door_basic.h"

#include "base/text.h"
#include "pki/digest.h"
#include "json/document.h"

#include <sodium.h>

void door_basic_key(const struct credentials_basic *shown, char out[CREDENTIALS_ID_SIZE])
{
    uint8_t digest[SHA3_256_SIZE];
    digest_sha3_256(slice_of(shown, sizeof *shown), digest); /* unused bytes are zero */
    text_to_hex(slice_of(digest, sizeof digest), out);
}

/* What is not registered may be anything. In constant time, as far as the contents go. */
static bool member_fits(const json_t *stored, const char *name, const char *shown)
{
    const char *expected = json_string_value(json_object_get(stored, name));
    size_t len = expected != NULL ? strlen(expected) : 0;
    return expected == NULL || (len == strlen(shown) && sodium_memcmp(expected, shown, len) == 0);
}

static bool fits(const struct credentials *credentials, const struct credentials_basic *shown)
{
    AUTO_JSON stored = credentials->value != NULL ? json_loads(credentials->value, 0, NULL) : NULL;
    return json_is_object(stored) && member_fits(stored, "clientId", shown->client_id) &&
           member_fits(stored, "userName", shown->user_name) &&
           member_fits(stored, "password", shown->password);
}

static err_t find_by(struct hub *hub, const char *client_id, const char *user_name,
                     const struct credentials_basic *shown, struct door_entry *ret, struct problem *problem)
{
    char id[CREDENTIALS_ID_SIZE];
    struct door_entry entry;
    struct credentials credentials;
    if (client_id[0] == '\0' && user_name[0] == '\0')
        return ERR_NOT_FOUND;
    credentials_basic_id(client_id, user_name, id);
    TRY(registry_door_find(hub->registry, CREDENTIALS_MQTT_BASIC, slice_str(id), &entry, &credentials,
                           problem));
    bool is_right = fits(&credentials, shown);
    credentials_fini(&credentials);
    if (!is_right)
        return fail(problem, ERR_NOT_FOUND, "password",
                    "client id, user name or password do not fit together");
    *ret = entry;
    return ERR_OK;
}

err_t door_basic_find(struct hub *hub, const struct credentials_basic *shown, struct door_entry *ret,
                      struct problem *problem)
{
    err_t err = ERR_NOT_FOUND;
    if (shown->client_id[0] != '\0' && shown->user_name[0] != '\0')
        err = find_by(hub, shown->client_id, shown->user_name, shown, ret, problem);
    if (err == ERR_NOT_FOUND)
        err = find_by(hub, "", shown->user_name, shown, ret, problem);
    if (err == ERR_NOT_FOUND)
        err = find_by(hub, shown->client_id, "", shown, ret, problem);
    return err;
}
