/** @file fold.h - text without case, for comparing and searching. The SQL function fold() is this one. */
#pragma once

#include "base/buf.h"

#include <locale.h>

/** Character classes of Unicode, whatever the environment says. (locale_t)0 when the system has none. */
locale_t fold_locale_new(void);

/** Append @p text in lower case, character by character. Bytes that are not UTF-8 stay as they are. */
void fold_append(locale_t locale, struct slice text, struct buf *out);
