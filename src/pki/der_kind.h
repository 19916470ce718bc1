/** @file der_kind.h - what DER bytes hold, told by their outer shape. Private to pki/. */
#pragma once

#include "base/slice.h"

enum der_kind {
    DER_OTHER,
    DER_PRIVATE_KEY, /* PKCS#8 (encrypted or not), PKCS#1, SEC1 */
    DER_REQUEST,     /* PKCS#10 */
    DER_PUBLIC_KEY,  /* SubjectPublicKeyInfo, PKCS#1 */
};

/** For telling a person what they pasted instead of a certificate. Looks one level deep; bytes after it do
 * not matter. */
enum der_kind der_kind_of(struct slice der);
