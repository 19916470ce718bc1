#include "hub/device_columns.h"

#include "json/writer.h"

static const char *const names[] = {
    [COLUMN_NAME] = "NAME",
    [COLUMN_TYPE] = "TYPE",
    [COLUMN_LABEL] = "LABEL",
    [COLUMN_IS_GATEWAY] = "IS_GATEWAY",
    [COLUMN_DESCRIPTION] = "DESCRIPTION",
    [COLUMN_ACCESS_TOKEN] = "ACCESS_TOKEN",
    [COLUMN_X509] = "X509",
    [COLUMN_MQTT_CLIENT_ID] = "MQTT_CLIENT_ID",
    [COLUMN_MQTT_USER_NAME] = "MQTT_USER_NAME",
    [COLUMN_MQTT_PASSWORD] = "MQTT_PASSWORD",
    [COLUMN_SERVER_ATTRIBUTE] = "SERVER_ATTRIBUTE",
    [COLUMN_SHARED_ATTRIBUTE] = "SHARED_ATTRIBUTE",
    [COLUMN_TIMESERIES] = "TIMESERIES",
    [COLUMN_IGNORE] = "IGNORE",
};
enum { TYPES = sizeof names / sizeof names[0] };

/* ---- columns ---- */

static err_t find_type(struct slice name, enum device_column_type *ret, struct problem *problem)
{
    for (size_t i = 0; i < TYPES; i++) {
        if (slice_eq_nocase(name, slice_str(names[i]))) {
            *ret = (enum device_column_type)i;
            return ERR_OK;
        }
    }
    return fail(
        problem, ERR_INVALID, "columns",
        "the column type is '%.*s'; expected NAME, TYPE, LABEL, IS_GATEWAY, DESCRIPTION, ACCESS_TOKEN, X509, "
        "MQTT_CLIENT_ID, MQTT_USER_NAME, MQTT_PASSWORD, SERVER_ATTRIBUTE, SHARED_ATTRIBUTE, TIMESERIES or "
        "IGNORE",
        name.len < 40 ? (int)name.len : 40, (const char *)name.data);
}

static bool is_there(const struct device_columns *columns, const struct device_column *column)
{
    for (size_t i = 0; i < columns->count; i++)
        if (columns->at[i].type == column->type && strcmp(columns->at[i].key, column->key) == 0)
            return true;
    return false;
}

err_t device_columns_add(struct device_columns *columns, struct slice type, struct slice key,
                         struct problem *problem)
{
    struct device_column column = {0};
    TRY(find_type(type, &column.type, problem));
    bool has_key = column.type >= COLUMN_SINGLES && column.type != COLUMN_IGNORE;
    if (has_key && (key.len == 0 || !slice_to_cstr(key, column.key, sizeof column.key)))
        return fail(problem, ERR_INVALID, "columns", "a column %s has a key of %zu bytes; expected 1 to %d",
                    names[column.type], key.len, KEY_MAX_BYTES);
    if (columns->count == CSV_FIELDS_MAX)
        return fail(problem, ERR_LIMIT, "columns", "there are more than %d columns", CSV_FIELDS_MAX);
    if (column.type != COLUMN_IGNORE && is_there(columns, &column))
        return fail(problem, ERR_INVALID, "columns", "the column %s%s%.40s is there twice",
                    names[column.type], has_key ? ":" : "", column.key);
    columns->at[columns->count++] = column;
    return ERR_OK;
}

err_t device_columns_add_heading(struct device_columns *columns, struct slice heading,
                                 struct problem *problem)
{
    const uint8_t *colon = heading.len != 0 ? memchr(heading.data, ':', heading.len) : NULL;
    size_t len = colon != NULL ? (size_t)(colon - heading.data) : heading.len;
    struct slice key = colon != NULL ? slice_skip(heading, len + 1) : slice_of(NULL, 0);
    return device_columns_add(columns, slice_of(heading.data, len), key, problem);
}

err_t device_columns_check(const struct device_columns *columns, struct problem *problem)
{
    const struct device_column name = {.type = COLUMN_NAME};
    return is_there(columns, &name) ? ERR_OK
                                    : fail(problem, ERR_INVALID, "columns", "there is no column NAME");
}

/* ---- a row ---- */

static void put_value(struct buf *out, struct slice key, struct slice cell)
{
    buf_append_u8(out, out->len == 0 ? '{' : ',');
    json_append_string(out, key);
    buf_append_u8(out, ':');
    if (slice_eq_nocase(cell, SLICE("true")) || slice_eq_nocase(cell, SLICE("false")))
        buf_append_str(out, cell.len == 4 ? "true" : "false");
    else
        json_append_string(out, cell); /* numbers are told by hub/body.h */
}

static err_t sort_cells(const struct device_columns *columns, const struct csv_row *row,
                        struct slice singles[COLUMN_SINGLES], struct buf values[3], struct problem *problem)
{
    if (row->count != columns->count)
        return fail(problem, ERR_INVALID, "", "the row has %zu fields; expected %zu", row->count,
                    columns->count);
    for (size_t i = 0; i < row->count; i++) {
        const struct device_column *column = &columns->at[i];
        if (column->type < COLUMN_SINGLES)
            singles[column->type] = row->fields[i];
        else if (column->type != COLUMN_IGNORE && row->fields[i].len != 0)
            put_value(&values[column->type - COLUMN_SINGLES], slice_str(column->key), row->fields[i]);
    }
    for (size_t i = 0; i < 3; i++) {
        if (values[i].len != 0)
            buf_append_u8(&values[i], '}');
        if (!buf_is_ok(&values[i]))
            return fail(problem, ERR_NOMEM, "", "no memory for the row");
    }
    return ERR_OK;
}

static err_t read_text(struct slice cell, const char *field, char out[NAME_SIZE], struct problem *problem)
{
    out[0] = '\0';
    if (cell.len == 0)
        return ERR_OK;
    TRY(entity_check_name(field, cell, problem));
    CHECK(slice_to_cstr(cell, out, NAME_SIZE));
    return ERR_OK;
}

static err_t read_gateway(struct slice cell, struct device_cells *ret, struct problem *problem)
{
    ret->has_gateway = cell.len != 0;
    ret->is_gateway = slice_eq_nocase(cell, SLICE("true"));
    if (cell.len != 0 && !ret->is_gateway && !slice_eq_nocase(cell, SLICE("false")))
        return fail(problem, ERR_INVALID, "IS_GATEWAY", "IS_GATEWAY is '%.*s'; expected true or false",
                    cell.len < 40 ? (int)cell.len : 40, (const char *)cell.data);
    return ERR_OK;
}

static err_t copy_basic(struct slice cell, const char *field, char out[NAME_SIZE], struct problem *problem)
{
    if (slice_to_cstr(cell, out, NAME_SIZE))
        return ERR_OK;
    return fail(problem, ERR_INVALID, field, "%s has %zu bytes; expected at most %d", field, cell.len,
                NAME_SIZE - 1);
}

static err_t set_basic(const struct slice singles[COLUMN_SINGLES], struct credentials *ret,
                       struct problem *problem)
{
    struct credentials_basic basic = {0};
    TRY(copy_basic(singles[COLUMN_MQTT_CLIENT_ID], "MQTT_CLIENT_ID", basic.client_id, problem));
    TRY(copy_basic(singles[COLUMN_MQTT_USER_NAME], "MQTT_USER_NAME", basic.user_name, problem));
    TRY(copy_basic(singles[COLUMN_MQTT_PASSWORD], "MQTT_PASSWORD", basic.password, problem));
    return credentials_set_basic(ret, &basic, problem);
}

/* One kind in a row; none: a new device gets a random token. */
static err_t read_credentials(const struct slice singles[COLUMN_SINGLES], const struct settings *settings,
                              struct device_cells *ret, struct problem *problem)
{
    bool has_token = singles[COLUMN_ACCESS_TOKEN].len != 0, has_leaf = singles[COLUMN_X509].len != 0;
    bool has_basic = singles[COLUMN_MQTT_CLIENT_ID].len != 0 || singles[COLUMN_MQTT_USER_NAME].len != 0 ||
                     singles[COLUMN_MQTT_PASSWORD].len != 0;
    if (has_token + has_leaf + has_basic > 1)
        return fail(problem, ERR_INVALID, "",
                    "the row has more than one kind of credentials; expected ACCESS_TOKEN, X509 or MQTT_..");
    credentials_generate(&ret->credentials);
    ret->has_credentials = has_token || has_leaf || has_basic;
    if (has_token)
        return credentials_set_token(&ret->credentials, singles[COLUMN_ACCESS_TOKEN], problem);
    if (has_leaf)
        return credentials_set_certificate(&ret->credentials, singles[COLUMN_X509], settings, problem);
    return has_basic ? set_basic(singles, &ret->credentials, problem) : ERR_OK;
}

err_t device_cells_read(const struct device_columns *columns, const struct csv_row *row,
                        const struct settings *settings, struct device_cells *ret, struct problem *problem)
{
    struct slice singles[COLUMN_SINGLES] = {0};
    ret->credentials = (struct credentials){0};
    for (size_t i = 0; i < 3; i++)
        buf_clear(&ret->values[i]);
    if (row->fault != NULL)
        return fail(problem, ERR_INVALID, "", "%s", row->fault);
    TRY(sort_cells(columns, row, singles, ret->values, problem));
    if (singles[COLUMN_NAME].len == 0)
        return fail(problem, ERR_INVALID, "name", "Device name should be specified!");
    TRY(read_text(singles[COLUMN_NAME], "name", ret->name, problem));
    TRY(read_text(singles[COLUMN_TYPE], "type", ret->type, problem));
    TRY(read_text(singles[COLUMN_LABEL], "label", ret->label, problem));
    TRY(read_gateway(singles[COLUMN_IS_GATEWAY], ret, problem));
    ret->description = singles[COLUMN_DESCRIPTION];
    return read_credentials(singles, settings, ret, problem);
}
