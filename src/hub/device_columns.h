/**
 * @file device_columns.h - what the columns of an imported table of devices mean, and one of its rows as a device.
 *
 * Types by their names in the REST API, without case: NAME, TYPE, LABEL, IS_GATEWAY, DESCRIPTION; of credentials ACCESS_TOKEN,
 * X509, MQTT_CLIENT_ID, MQTT_USER_NAME, MQTT_PASSWORD; SERVER_ATTRIBUTE, SHARED_ATTRIBUTE and TIMESERIES with a key;
 * IGNORE, any number of times, whose cells are read over.
 * An empty cell says nothing. Any thread; no I/O.
 */
#pragma once

#include "hub/credentials.h"
#include "hub/csv_reader.h"
#include "model/point.h"

enum device_column_type {
    COLUMN_NAME,
    COLUMN_TYPE,
    COLUMN_LABEL,
    COLUMN_IS_GATEWAY,
    COLUMN_DESCRIPTION,
    COLUMN_ACCESS_TOKEN,
    COLUMN_X509,
    COLUMN_MQTT_CLIENT_ID,
    COLUMN_MQTT_USER_NAME,
    COLUMN_MQTT_PASSWORD,
    COLUMN_SERVER_ATTRIBUTE, /* from here on with a key, and any number of them */
    COLUMN_SHARED_ATTRIBUTE,
    COLUMN_TIMESERIES,
    COLUMN_IGNORE,
    COLUMN_SINGLES = COLUMN_SERVER_ATTRIBUTE, /* how many have none */
};

struct device_columns {
    size_t count;
    struct device_column {
        enum device_column_type type;
        char key[KEY_MAX_BYTES + 1];
    } at[CSV_FIELDS_MAX];
};

/** One more column. ERR_INVALID: unknown type, given twice, or a key too few or too long; ERR_LIMIT: too many. */
MUST_USE err_t device_columns_add(struct device_columns *columns, struct slice type, struct slice key,
                                  struct problem *problem);
/** Columns as a first line names them: "NAME", "SERVER_ATTRIBUTE:floor". */
MUST_USE err_t device_columns_add_heading(struct device_columns *columns, struct slice heading,
                                          struct problem *problem);
/** ERR_INVALID: no column NAME. */
MUST_USE err_t device_columns_check(const struct device_columns *columns, struct problem *problem);

/** A row, as far as it can be judged by itself. `{0}` to begin with; reused. */
struct device_cells {
    char name[NAME_SIZE], type[NAME_SIZE], label[NAME_SIZE]; /* "" = not said */
    bool has_gateway, is_gateway;
    struct slice description; /* borrowed from the row */
    bool has_credentials;
    struct credentials credentials; /* type, credentials_id, value; the caller's to free */
    struct buf values[3]; /* of server and shared attributes and of telemetry: JSON objects; empty = none */
};
/** @param ret  its credentials are empty on failure */
MUST_USE err_t device_cells_read(const struct device_columns *columns, const struct csv_row *row,
                                 const struct settings *settings, struct device_cells *ret,
                                 struct problem *problem);
