/** @file chain_profile.h - a device profile with X509_CERTIFICATE_CHAIN, as REST would save it. */
#pragma once

#include "../pki/issuer.h"
#include "model/entity.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

/** Without an id: for registry_profile_add(). @p pattern as it stands in JSON text. */
static inline struct profile chain_profile(const struct uuid *tenant, const char *name,
                                           const struct signer *authority, const char *pattern,
                                           bool may_create)
{
    struct certificate_view view;
    struct profile p = {.tenant_id = *tenant, .provision_type = PROVISION_X509_CHAIN};
    AUTO_BUF der = signer_der(authority);
    AUTO_BUF data = {0};
    assert_int_equal(certificate_view_read(buf_slice(&der), &view, NULL), ERR_OK);
    buf_printf(
        &data,
        "{\"provisionConfiguration\":{\"type\":\"X509_CERTIFICATE_CHAIN\",\"provisionDeviceSecret\":\"%s\","
        "\"certificateRegExPattern\":\"%s\",\"allowCreateNewDevicesByX509Certificate\":%s}}",
        buf_cstr(&view.base64), pattern, may_create ? "true" : "false");
    snprintf(p.name, sizeof p.name, "%s", name);
    snprintf(p.provision_key, sizeof p.provision_key, "%s", view.fingerprint_hex);
    p.profile_data = strdup(buf_cstr(&data));
    certificate_view_fini(&view);
    return p;
}
