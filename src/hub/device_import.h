/**
 * @file device_import.h - devices from the rows of a table, many in one transaction.
 *
 * A row that is refused is told to on_error() with its line and costs its neighbours nothing. Rows are gathered and written
 * together, attributes and telemetry behind their devices; between two such writes others have their turn. One thread at a time: workers; blocks on the stores.
 */
#pragma once

#include "hub/device_columns.h"
#include "hub/hub.h"

struct device_import;

struct device_import_options {
    struct uuid tenant_id;
    bool updates;                         /* a device of that name is changed; else its row is refused */
    const struct device_columns *columns; /* outlive the import */
    void (*on_error)(void *arg, uint64_t line, const char *text);
    void *arg;
};

struct device_import_counts {
    uint64_t created, updated, refused;
};

MUST_USE err_t device_import_new(struct hub *hub, const struct device_import_options *options,
                                 struct device_import **ret, struct problem *problem);
/** One row. @return ERR_OK (refused or not) · an error of the stores: what was written stays, what was gathered is lost */
MUST_USE err_t device_import_row(struct device_import *import, const struct csv_row *row,
                                 struct problem *problem);
/** Write what is gathered. ERR_OK: all rows that were not refused are on disk. */
MUST_USE err_t device_import_flush(struct device_import *import, struct problem *problem);
struct device_import_counts device_import_count(const struct device_import *import);
void device_import_free(struct device_import *import); /* NULL allowed */
