/** @file uuid.h - 128-bit entity ids (RFC 9562), version 4, written in the usual 36 characters. Any thread.
 */
#pragma once

#include "base/slice.h"

enum { UUID_TEXT_SIZE = 37 }; /* with the NUL */

struct uuid {
    uint8_t bytes[16];
};

struct uuid uuid_random(void);
bool uuid_parse(struct slice text, struct uuid *ret_uuid); /* false: not 36 characters of that form */
void uuid_format(const struct uuid *uuid, char out[UUID_TEXT_SIZE]);
bool uuid_eq(const struct uuid *a, const struct uuid *b);
bool uuid_is_nil(const struct uuid *uuid);
