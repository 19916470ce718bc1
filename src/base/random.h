/** @file random.h - unpredictable bytes, from libsodium. Any thread; never blocks after start; cannot fail.
 */
#pragma once

#include <stddef.h>

void random_bytes(void *out, size_t n);

/** Fill @p out with @p n letters and digits (62 of them, unbiased) and a NUL: n + 1 bytes. For tokens,
 * passwords. */
void random_text(char *out, size_t n);

/** Overwrite secrets; not removed by the optimiser. */
void wipe(void *secret, size_t n);
