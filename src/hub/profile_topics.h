/**
 * @file profile_topics.h - the topics that a profile gives its devices beside those of the device API (hub/topics.h).
 *
 * The device API's topics mean what they mean with every profile; a profile's filters add to them. Pure; any thread.
 */
#pragma once

#include "base/buf.h"
#include "hub/topics.h"
#include "model/profile_config.h"

/**
 * What a topic that is none of the device API's means: attributes or telemetry if it matches that filter, attributes if
 * both; else TOPIC_UNKNOWN. The payload has the profile's form (FORM_LONG).
 */
struct topic_match profile_topic_match(const struct profile_config *profile, struct slice name);

/** Has the profile a topic of its own for attribute changes? */
bool profile_has_attributes_topic(const struct profile_config *profile);

/**
 * The topic on which a device that subscribed to @p filter is told attribute changes, by the profile's own filter for
 * them: the profile's topic or, where it has wildcards, one that matches both; "me" stands for a level that neither names.
 * @param out  appended to, if there is one
 * @return false: the two have no topic in common
 */
bool profile_attributes_topic(const struct profile_config *profile, struct slice filter, struct buf *out);
