/** @file group_document.h - groups as other documents show them. New references, NULL when out of memory. */
#pragma once

#include "http/call.h"

json_t *group_short_document(const struct group *group); /* {"id":..,"name":..} */
