/** @file user_document.h - users as REST documents. New references, NULL when out of memory. */
#pragma once

#include "http/document.h"

json_t *user_document(const struct user *user);
