/**
 * @file csv_cells.h - rows of text/csv (RFC 4180), made cell by cell. Pure; any thread.
 *
 * Cells are quoted always. Spreadsheets take a text that begins like a formula for one: an apostrophe in front makes it text.
 */
#pragma once

#include "base/buf.h"

/** The next cell of the row; @p out holds rows only. */
void csv_cell_put(struct buf *out, const char *text);
void csv_cell_put_time(struct buf *out, int64_t ms); /* "2026-01-31T12:00:00Z"; 0: nothing */
void csv_row_end(struct buf *out);
