/** @file openssl.h - scope cleanup for OpenSSL's objects. Private to pki/. */
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

/* NOLINTBEGIN(bugprone-macro-parentheses): `type` is a type */
#define OPENSSL_CLEANUP(type, name, release)                                                                 \
    static inline void name(type **object)                                                                   \
    {                                                                                                        \
        release(*object);                                                                                    \
    }

OPENSSL_CLEANUP(X509, cleanup_x509, X509_free)
OPENSSL_CLEANUP(X509_REQ, cleanup_x509_req, X509_REQ_free)
OPENSSL_CLEANUP(EVP_PKEY, cleanup_pkey, EVP_PKEY_free)
OPENSSL_CLEANUP(BIO, cleanup_bio, BIO_free_all)
OPENSSL_CLEANUP(BIGNUM, cleanup_bignum, BN_free)
OPENSSL_CLEANUP(GENERAL_NAMES, cleanup_general_names, GENERAL_NAMES_free)
OPENSSL_CLEANUP(GENERAL_NAME, cleanup_general_name, GENERAL_NAME_free)
OPENSSL_CLEANUP(X509_STORE_CTX, cleanup_store_ctx, X509_STORE_CTX_free)
OPENSSL_CLEANUP(STACK_OF(X509), cleanup_stack_x509, sk_X509_free) /* not the certificates in it */
#undef OPENSSL_CLEANUP
/* NOLINTEND(bugprone-macro-parentheses) */

#define AUTO_X509          __attribute__((cleanup(cleanup_x509))) X509
#define AUTO_X509_REQ      __attribute__((cleanup(cleanup_x509_req))) X509_REQ
#define AUTO_PKEY          __attribute__((cleanup(cleanup_pkey))) EVP_PKEY
#define AUTO_BIO           __attribute__((cleanup(cleanup_bio))) BIO
#define AUTO_BIGNUM        __attribute__((cleanup(cleanup_bignum))) BIGNUM
#define AUTO_GENERAL_NAMES __attribute__((cleanup(cleanup_general_names))) GENERAL_NAMES
#define AUTO_GENERAL_NAME  __attribute__((cleanup(cleanup_general_name))) GENERAL_NAME
#define AUTO_STORE_CTX     __attribute__((cleanup(cleanup_store_ctx))) X509_STORE_CTX
#define AUTO_STACK_X509    __attribute__((cleanup(cleanup_stack_x509))) STACK_OF(X509)

/* OpenSSL's errors queue up by thread, and a TLS connection of the same thread would read ours as its own. */
static inline void drop_errors(const int *unused)
{
    ERR_pop_to_mark();
}

#define KEEP_ERROR_QUEUE()                                                                                   \
    __attribute__((cleanup(drop_errors))) const int error_queue_mark_ = ERR_set_mark();                      \
    (void)error_queue_mark_
