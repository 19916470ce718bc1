/** @file credentials_document.h - a device's credentials as a REST document, both ways. Device API section 10. */
#pragma once

#include "http/call.h"

json_t *credentials_document(const struct credentials *credentials); /* NULL: no memory */

/**
 * Read credentialsType, credentialsId and credentialsValue, check them, and fill type, credentials_id and
 * value of @p ret, whose earlier value is freed. A certificate is parsed and must be one a device can log in
 * with; a private key is refused and its memory wiped by the parser. Other members are left alone.
 * @return ERR_OK · ERR_INVALID (field and sentence) · ERR_NOMEM
 */
MUST_USE err_t credentials_read(const struct api *api, const json_t *body, struct credentials *ret,
                                struct problem *problem);
