/**
 * @file name_pattern.h - the device's name, found in its certificate's common name by a profile's regular expression.
 *
 * Perl-compatible (PCRE2), over UTF-8; searched, not anchored. Both sides may be hostile: the pattern has a length
 * limit, and a search that takes more than NAME_PATTERN_STEPS steps, or more than NAME_PATTERN_HEAP_KIB of memory, is
 * given up with an error: some milliseconds at most.
 * Immutable once made: any thread may search with one at the same time. Never blocks.
 */
#pragma once

#include "base/err.h"
#include "base/slice.h"

enum {
    NAME_PATTERN_MAX = 1024, /* bytes of a pattern */
    NAME_PATTERN_STEPS = 100000,
    NAME_PATTERN_HEAP_KIB = 1024,
};

struct name_pattern;

/**
 * @param text  1 to NAME_PATTERN_MAX bytes; borrowed for the call
 * @param ret   to be given back by name_pattern_free(); untouched on failure
 * @return ERR_OK · ERR_INVALID (problem->at: byte of @p text) · ERR_NOMEM
 */
MUST_USE err_t name_pattern_new(struct slice text, struct name_pattern **ret, struct problem *problem);
void name_pattern_free(struct name_pattern *pattern); /* NULL allowed */

/**
 * Search @p common_name (UTF-8, may be empty).
 *
 * @param ret  what the first group matched; the whole match when the pattern has no group, or its first one had no
 *             part in the match. A part of @p common_name; may be empty
 * @return ERR_OK · ERR_NOT_FOUND (no match) · ERR_LIMIT (given up) · ERR_INVALID (not UTF-8) · ERR_NOMEM
 */
MUST_USE err_t name_pattern_find(const struct name_pattern *pattern, struct slice common_name,
                                 struct slice *ret, struct problem *problem);
