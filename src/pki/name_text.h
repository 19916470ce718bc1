/** @file name_text.h - names of certificates as bounded text that is safe to show. Private to pki/. */
#pragma once

#include "base/slice.h"

/**
 * Append to the C string in @p out (of @p size bytes, at least 4): valid UTF-8 goes through, except control,
 * direction-changing and invisible characters; those, and bytes that are no UTF-8, become \XX. Cut at a whole
 * character, with "..." at the end.
 */
void name_text_append(char *out, size_t size, struct slice text);
