/**
 * @file clock.h - the two clocks. Wall time is for people and stored points, monotonic time for intervals.
 * Any thread; never blocks.
 */
#pragma once

#include <stdint.h>

int64_t clock_wall_ms(void);  /* milliseconds since 1970-01-01 UTC; may step */
uint64_t clock_mono_ms(void); /* milliseconds, never goes back, meaning only as a difference */
