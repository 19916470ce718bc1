/**
 * @file csv_reader.h - comma-separated values (RFC 4180) that come in pieces. Bytes in, rows out.
 *
 * libcsv reads; here are the bounds, the number of the line, and the byte order mark. Quotes stand around a whole field or are
 * doubled within one; a quoted field may hold line breaks. Lines end by LF or CRLF; empty ones are skipped. Blanks around a
 * field without quotes are dropped. One thread; no I/O.
 */
#pragma once

#include "base/buf.h"

#include <csv.h>

enum {
    CSV_FIELDS_MAX = 128,
    CSV_ROW_MAX = 64 * 1024, /* bytes of its fields: two chains of certificates find room */
};

struct csv_row {
    uint64_t line;              /* on which it begins, from 1 */
    const struct slice *fields; /* valid UTF-8 without NUL; borrowed for the call */
    size_t count;
    const char *fault; /* not NULL: why it cannot be used; fields are then not given */
};

/** An error it returns, csv_reader_read() returns. */
typedef err_t (*csv_on_row)(void *arg, const struct csv_row *row, struct problem *problem);

struct csv_reader {
    struct csv_parser parser;
    csv_on_row on_row;
    void *arg;
    uint64_t line, row_line; /* where it is; where the row at hand began */
    struct buf text;         /* of the row's fields, one behind the other */
    size_t ends[CSV_FIELDS_MAX];
    size_t count;     /* fields of the row, also beyond CSV_FIELDS_MAX */
    size_t mark_seen; /* bytes of a byte order mark at the start */
    bool is_begun;    /* past where a mark may stand */
    err_t err;        /* on_row()'s */
    struct problem *problem;
};

/** @param delimiter  a byte that is neither a quote nor ends a line */
MUST_USE err_t csv_reader_init(struct csv_reader *r, char delimiter, csv_on_row on_row, void *arg,
                               struct problem *problem);
/** @return ERR_OK · as on_row() · ERR_INVALID (a quote where none may be), ERR_LIMIT (a field without end): from there on nothing
 *  can be told apart, the sentence names the line · ERR_NOMEM. After an error it can only be given back. */
MUST_USE err_t csv_reader_read(struct csv_reader *r, struct slice bytes, struct problem *problem);
/** The end: a last line may lack its line break. The same errors; ERR_INVALID also for a quote that was not closed. */
MUST_USE err_t csv_reader_end(struct csv_reader *r, struct problem *problem);
void csv_reader_fini(struct csv_reader *r); /* `{0}` allowed */
