/**
 * @file credentials.h - a device's credentials from what a person or a device gives: checked, and in the form they are stored
 * and looked for in. One way for the REST API and for provisioning. Spec: device API section 10.
 *
 * The functions replace type, credentials_id and value of a record and free the earlier value; the rest of the
 * record is left alone. Any thread; no I/O.
 */
#pragma once

#include "config/settings.h"
#include "model/entity.h"

/** A random access token. The rest of @p ret is zeroed. */
void credentials_generate(struct credentials *ret);

/** An access token. ERR_INVALID: not 1..32 bytes of UTF-8 without control characters. */
MUST_USE err_t credentials_set_token(struct credentials *ret, struct slice token, struct problem *problem);

/**
 * A certificate, PEM or the base64 of its DER; of a chain the leaf counts. It must be one a device can log in with. A
 * private key is refused and its memory wiped by the parser.
 * @return ERR_OK · ERR_INVALID (field credentialsValue, and why) · ERR_NOMEM
 */
MUST_USE err_t credentials_set_certificate(struct credentials *ret, struct slice text,
                                           const struct settings *settings, struct problem *problem);

struct credentials_basic {
    char client_id[NAME_SIZE], user_name[NAME_SIZE], password[NAME_SIZE]; /* "" = not given */
};

/** MQTT_BASIC. ERR_INVALID: neither client id nor user name, a password without a user name, control characters. */
MUST_USE err_t credentials_set_basic(struct credentials *ret, const struct credentials_basic *basic,
                                     struct problem *problem);

/** credentials_id for a client id and a user name, of which one may be "": hash of both, of the client id, or the
 *  user name as it is. */
void credentials_basic_id(const char *client_id, const char *user_name, char out[CREDENTIALS_ID_SIZE]);
