/**
 * @file topic.h - topic names and topic filters (MQTT 5.0 section 4.7, the same in 3.1.1).
 *
 * The checks here take text that is already valid UTF-8 without U+0000. Pure; any thread; no allocation.
 */
#pragma once

#include "base/err.h"
#include "base/slice.h"

/** A topic name: 1 to 65 535 bytes without + and #. @return ERR_OK · ERR_INVALID */
MUST_USE err_t topic_check_name(struct slice name, struct problem *problem);

/** A topic filter: + alone in its level, # alone in the last one. @return ERR_OK · ERR_INVALID */
MUST_USE err_t topic_check_filter(struct slice filter, struct problem *problem);

/**
 * The same for MQTT 5.0, where `$share/NAME/FILTER` must have a NAME without wildcards and a FILTER (section
 * 4.8.2). Before, $share was a level like any other. @return ERR_OK · ERR_INVALID
 */
MUST_USE err_t topic_check_filter_5(struct slice filter, struct problem *problem);

/** Does the filter ask for a shared subscription, i.e. start with "$share/"? */
bool topic_is_shared(struct slice filter);

/**
 * Does a valid name match a valid filter? A filter that starts with a wildcard matches no name that
 * starts with $ [MQTT-4.7.2-1]. A shared filter is compared as the plain text it is.
 * Cost: O(length), no recursion.
 */
bool topic_matches(struct slice filter, struct slice name);
