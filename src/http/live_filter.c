#include "http/live_filter.h"

#include "http/document.h"

#include <string.h>

/* ---- reading ----------------------------------------------------------------------------------------------- */

enum operation {
    EQUAL,
    NOT_EQUAL,
    GREATER,
    LESS,
    GREATER_OR_EQUAL,
    LESS_OR_EQUAL,
    STARTS_WITH,
    ENDS_WITH,
    CONTAINS,
    NOT_CONTAINS,
    OPERATIONS
};
static const char *const operations[OPERATIONS] = {
    "EQUAL",         "NOT_EQUAL",   "GREATER",   "LESS",     "GREATER_OR_EQUAL",
    "LESS_OR_EQUAL", "STARTS_WITH", "ENDS_WITH", "CONTAINS", "NOT_CONTAINS",
};

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "";
}

static enum operation operation_of(const json_t *predicate)
{
    enum operation i = EQUAL;
    while (i < OPERATIONS && strcmp(operations[i], text_of(predicate, "operation")) != 0)
        i++;
    return i;
}

static json_t *wanted_of(const json_t *predicate)
{
    return json_object_get(json_object_get(predicate, "value"), "defaultValue");
}

/* What it is compared with must be of its type. @p ret_last  the last operation that goes with it */
static bool fits(const char *type, const json_t *wanted, enum operation *ret_first, enum operation *ret_last)
{
    *ret_first = EQUAL;
    *ret_last = NOT_EQUAL;
    if (strcmp(type, "BOOLEAN") == 0)
        return json_is_boolean(wanted);
    *ret_last = LESS_OR_EQUAL;
    if (strcmp(type, "NUMERIC") == 0)
        return json_is_number(wanted);
    *ret_first = STARTS_WITH;
    *ret_last = NOT_CONTAINS;
    return json_is_string(wanted);
}

/* Taken from the caller's own attributes, as {"sourceType":..}; pages send null, or one without a source. */
static bool is_dynamic(const json_t *predicate)
{
    const json_t *value = json_object_get(json_object_get(predicate, "value"), "dynamicValue");
    const json_t *source = json_object_get(value, "sourceType");
    if (value == NULL || json_is_null(value))
        return false;
    return !json_is_object(value) || (source != NULL && !json_is_null(source));
}

static err_t check_simple(const json_t *predicate, const char *type, struct problem *problem)
{
    enum operation first, last, asked = operation_of(predicate);
    if (strcmp(type, "NUMERIC") != 0 && strcmp(type, "STRING") != 0 && strcmp(type, "BOOLEAN") != 0)
        return fail(problem, ERR_INVALID, "predicate",
                    "predicate has the type '%.40s'; expected NUMERIC, STRING, BOOLEAN or COMPLEX", type);
    if (is_dynamic(predicate))
        return fail(problem, ERR_INVALID, "dynamicValue",
                    "dynamicValue is not offered; expected null and a defaultValue");
    if (!fits(type, wanted_of(predicate), &first, &last))
        return fail(problem, ERR_INVALID, "defaultValue",
                    "defaultValue is %s; expected one that goes with the predicate's type %s",
                    document_kind(wanted_of(predicate)), type);
    if (asked > NOT_EQUAL && (asked < first || asked > last))
        return fail(problem, ERR_INVALID, "operation",
                    "operation is '%.40s'; expected EQUAL, NOT_EQUAL or %s%s",
                    text_of(predicate, "operation"),
                    first == STARTS_WITH ? "STARTS_WITH, ENDS_WITH, CONTAINS, NOT_CONTAINS" : "",
                    last == LESS_OR_EQUAL ? "GREATER, LESS, GREATER_OR_EQUAL, LESS_OR_EQUAL" : "");
    return ERR_OK;
}

static bool is_complex(const json_t *predicate)
{
    return strcmp(text_of(predicate, "type"), "COMPLEX") == 0;
}

/* The document's own depth bounds the recursion (document_parse()). */
static err_t check_predicate(const json_t *predicate, size_t *left, struct problem *problem)
{
    const char *operation = text_of(predicate, "operation");
    if (!json_is_object(predicate))
        return fail(problem, ERR_INVALID, "predicate", "predicate is %s; expected an object",
                    document_kind(predicate));
    if ((*left)-- == 0)
        return fail(problem, ERR_LIMIT, "predicates", "there are more predicates; expected at most %d",
                    LIVE_PREDICATES_MAX);
    if (!is_complex(predicate))
        return check_simple(predicate, text_of(predicate, "type"), problem);
    const json_t *list = json_object_get(predicate, "predicates");
    if (strcmp(operation, "AND") != 0 && strcmp(operation, "OR") != 0)
        return fail(problem, ERR_INVALID, "operation", "operation is '%.40s'; expected AND or OR", operation);
    if (json_array_size(list) == 0)
        return fail(problem, ERR_INVALID, "predicates", "predicates is %s; expected an array of some",
                    json_is_array(list) ? "empty" : document_kind(list));
    for (size_t i = 0; i < json_array_size(list); i++)
        TRY(check_predicate(json_array_get(list, i), left, problem));
    return ERR_OK;
}

static err_t read_field(const char *name, const char **ret, struct problem *problem)
{
    static const char *const fields[] = {"name", "type", "label", "createdTime"};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (strcmp(name, fields[i]) == 0) {
            *ret = fields[i];
            return ERR_OK;
        }
    return fail(problem, ERR_INVALID, "key",
                "key is the ENTITY_FIELD '%.40s'; expected name, type, label or createdTime", name);
}

static err_t read_filter(const json_t *object, struct live_filter *ret, struct problem *problem)
{
    size_t left = LIVE_PREDICATES_MAX;
    json_t *key = NULL;
    TRY(document_get_object(object, "key", &key, problem));
    if (key == NULL)
        return fail(problem, ERR_INVALID, "key", "key is missing; expected an object");
    if (strcmp(text_of(key, "type"), "ENTITY_FIELD") == 0)
        TRY(read_field(text_of(key, "key"), &ret->field, problem));
    else
        TRY(live_key_read(key, &ret->key, problem));
    ret->predicate = json_object_get(object, "predicate");
    return check_predicate(ret->predicate, &left, problem);
}

err_t live_filters_read(const json_t *query, struct live_filters *ret, struct problem *problem)
{
    const json_t *list = json_object_get(query, "keyFilters");
    const char *operation = text_of(query, "keyFiltersOperation");
    size_t count = json_array_size(list);
    if (count > LIVE_FILTERS_MAX)
        return fail(problem, ERR_LIMIT, "keyFilters", "keyFilters has %zu; expected at most %d", count,
                    LIVE_FILTERS_MAX);
    if (operation[0] != '\0' && strcmp(operation, "AND") != 0 && strcmp(operation, "OR") != 0)
        return fail(problem, ERR_INVALID, "keyFiltersOperation",
                    "keyFiltersOperation is '%.40s'; expected AND or OR", operation);
    for (size_t i = 0; i < count; i++)
        TRY(read_filter(json_array_get(list, i), &ret->filters[i], problem));
    ret->is_any = strcmp(operation, "OR") == 0;
    ret->count = count;
    return ERR_OK;
}

/* ---- comparing --------------------------------------------------------------------------------------------- */

static bool compare_numbers(enum operation operation, double value, double wanted)
{
    switch (operation) {
    case EQUAL: return value == wanted;
    case NOT_EQUAL: return value != wanted;
    case GREATER: return value > wanted;
    case LESS: return value < wanted;
    case GREATER_OR_EQUAL: return value >= wanted;
    case LESS_OR_EQUAL: return value <= wanted;
    default: return false;
    }
}

static bool compare_lower(enum operation operation, struct slice value, struct slice wanted)
{
    bool is_in = wanted.len == 0 || memmem(value.data, value.len, wanted.data, wanted.len) != NULL;
    switch (operation) {
    case EQUAL: return slice_eq(value, wanted);
    case NOT_EQUAL: return !slice_eq(value, wanted);
    case STARTS_WITH: return slice_starts_with(value, wanted);
    case ENDS_WITH:
        return value.len >= wanted.len && slice_eq(slice_skip(value, value.len - wanted.len), wanted);
    case CONTAINS: return is_in;
    case NOT_CONTAINS: return !is_in;
    default: return false;
    }
}

static void append_lower(struct slice text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++)
        buf_append_u8(out, text.data[i] >= 'A' && text.data[i] <= 'Z' ? (uint8_t)(text.data[i] + 32)
                                                                      : text.data[i]);
}

static bool compare_texts(const json_t *predicate, struct slice value)
{
    struct slice wanted = slice_str(json_string_value(wanted_of(predicate)));
    enum operation operation = operation_of(predicate);
    if (!json_is_true(json_object_get(predicate, "ignoreCase")))
        return compare_lower(operation, value, wanted);
    AUTO_BUF a = {0};
    AUTO_BUF b = {0};
    append_lower(value, &a);
    append_lower(wanted, &b);
    return buf_is_ok(&a) && buf_is_ok(&b) && compare_lower(operation, buf_slice(&a), buf_slice(&b));
}

static bool compare(const json_t *predicate, const struct value *value)
{
    const char *type = text_of(predicate, "type");
    const json_t *wanted = wanted_of(predicate);
    bool is_number = value->type == VALUE_LONG || value->type == VALUE_DOUBLE;
    if (strcmp(type, "NUMERIC") == 0)
        return is_number && compare_numbers(operation_of(predicate),
                                            value->type == VALUE_LONG ? (double)value->number : value->real,
                                            json_number_value(wanted));
    if (strcmp(type, "BOOLEAN") == 0)
        return value->type == VALUE_BOOLEAN &&
               (value->boolean == json_is_true(wanted)) == (operation_of(predicate) == EQUAL);
    return value->type == VALUE_STRING && compare_texts(predicate, value->text);
}

static bool is_met(const json_t *predicate, const struct value *value)
{
    if (!is_complex(predicate))
        return compare(predicate, value);
    const json_t *list = json_object_get(predicate, "predicates");
    bool is_and = strcmp(text_of(predicate, "operation"), "AND") == 0;
    for (size_t i = 0; i < json_array_size(list); i++)
        if (is_met(json_array_get(list, i), value) != is_and)
            return !is_and;
    return is_and;
}

/* ---- judging ----------------------------------------------------------------------------------------------- */

struct judging {
    const json_t *predicate;
    bool is_found, is_wanted;
};

static bool on_point(void *arg, const struct point *point)
{
    struct judging *j = arg;
    j->is_wanted = is_met(j->predicate, &point->value);
    return false;
}

static bool on_attribute(void *arg, const struct attribute *attribute)
{
    struct judging *j = arg;
    j->is_found = true;
    j->is_wanted = is_met(j->predicate, &attribute->value);
    return false;
}

static bool judge_field(const struct live_filter *filter, const struct device *device)
{
    struct value value = {.type = VALUE_STRING};
    if (strcmp(filter->field, "name") == 0)
        value.text = slice_str(device->name);
    else if (strcmp(filter->field, "type") == 0)
        value.text = slice_str(device->type);
    else if (strcmp(filter->field, "label") == 0)
        value.text = slice_str(device->label);
    else
        value = (struct value){.type = VALUE_LONG, .number = device->created_ms};
    return is_met(filter->predicate, &value);
}

/* Of any scope: the first that there is, as live_read_key() shows it. */
static err_t judge_attribute(const struct live_filter *filter, struct series *series, uint64_t device,
                             struct judging *j, struct problem *problem)
{
    static const enum attribute_scope any[] = {SCOPE_SERVER, SCOPE_SHARED, SCOPE_CLIENT};
    bool is_one = filter->key.scope != 0;
    for (size_t i = 0; i < (is_one ? 1 : sizeof any / sizeof any[0]) && !j->is_found; i++) {
        err_t err = series_attribute(series, device, is_one ? filter->key.scope : any[i],
                                     slice_str(filter->key.name), on_attribute, j, problem);
        if (err != ERR_OK && err != ERR_NOT_FOUND)
            return err;
    }
    return ERR_OK;
}

static err_t judge_one(const struct live_filter *filter, struct series *series, const struct device *device,
                       bool *ret, struct problem *problem)
{
    struct judging j = {.predicate = filter->predicate};
    err_t err = ERR_OK;
    if (filter->field != NULL)
        j.is_wanted = judge_field(filter, device);
    else if (filter->key.is_series)
        err = series_latest(series, device->number, slice_str(filter->key.name), on_point, &j, problem);
    else
        err = judge_attribute(filter, series, device->number, &j, problem);
    if (err != ERR_OK && err != ERR_NOT_FOUND)
        return err;
    *ret = j.is_wanted;
    return ERR_OK;
}

err_t live_filters_judge(const struct live_filters *filters, struct series *series,
                         const struct device *device, bool *ret_is_wanted, struct problem *problem)
{
    bool is_wanted = !filters->is_any;
    for (size_t i = 0; i < filters->count && is_wanted != filters->is_any; i++)
        TRY(judge_one(&filters->filters[i], series, device, &is_wanted, problem));
    *ret_is_wanted = is_wanted || filters->count == 0;
    return ERR_OK;
}
