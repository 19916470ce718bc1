/** @file alert.h - TLS alerts we send or tell apart. RFC 8446 section 6. */
#pragma once

#include <stdint.h>

enum tls_alert {
    TLS_ALERT_CLOSE_NOTIFY = 0,
    TLS_ALERT_UNEXPECTED_MESSAGE = 10,
    TLS_ALERT_BAD_RECORD_MAC = 20,
    TLS_ALERT_RECORD_OVERFLOW = 22,
    TLS_ALERT_ILLEGAL_PARAMETER = 47,
    TLS_ALERT_DECODE_ERROR = 50,
    TLS_ALERT_INTERNAL_ERROR = 80,
};

/** "bad_record_mac"; "unknown" for a number that is no alert. */
const char *tls_alert_name(uint8_t alert);
