/**
 * @file body.h - what telemetry and attribute bodies have in common: {"key": value, ...}, lenient, typed.
 *
 * value          becomes
 * true, false    boolean
 * 25, 1E+1       long: the value is whole, and it is not written with a plain decimal point
 * 25.0, 1.5      double, if the number has at most 16 decimals
 * 1e30, 1e-17    (whole but beyond 64 bits, or more than 16 decimals) string of the plain digits with type
 *                cast, else an error
 * "25", "-.5"    with type cast: what the number would become; see below
 * other strings  string
 * {..}, [..]     JSON, kept as compact strict text
 * null           the key is skipped
 *
 * A string counts as a number if it is digits with at most one point, not at its end, and perhaps a minus in
 * front: "007" is 7; "1e5", "+5", "0x10", " 25 ", "NaN", "5." and "" stay strings.
 * These are ThingsBoard's rules (its JsonConverter). Ours: plain digits of more than 400 bytes that were
 * written with an exponent are an error (1e999999999 would be a gigabyte), as are doubles out of range
 * without type cast (with it: string); only ASCII digits are digits.
 *
 * Keys: 1 to KEY_MAX_BYTES bytes without NUL. The same key again: both entries are appended in order, and the
 * store lets the last one win; a null does not undo an earlier value.
 */
#pragma once

#include "model/point.h"
#include "json/reader.h"

/** Memory that parsing reuses; `{0}` to begin with. One per thread. */
struct body_scratch {
    struct buf text;  /* names and strings that had escapes */
    struct buf value; /* the value at hand, if it is not in the payload as such */
};

void body_scratch_fini(struct body_scratch *scratch);

struct body_options {
    uint64_t device;      /* device number of every entry */
    int64_t now_ms;       /* wall clock at receipt: ts of points without one, updated_ms of attributes */
    int64_t expires_ms;   /* of points: their own end (model/point.h), or 0 */
    bool type_cast;       /* see above */
    bool is_typed;        /* written by a schema: a number with a point is a double whatever it looks like */
    uint32_t max_keys;    /* of one device in one message, nulls included */
    uint32_t max_devices; /* in one message of a gateway */
    uint32_t max_depth;   /* containers open at once, the body's own object included; <= JSON_DEPTH_MAX */
    struct body_scratch *scratch; /* overwritten by each call */
};

/** One message being read into a batch. The functions below are for those who read messages or parts of them. */
struct body {
    struct json_reader json;
    const struct body_options *options;
    uint64_t device; /* of entries to come: a gateway's message is about several */
    struct batch *batch;
    struct batch_mark before; /* the batch as it was */
    uint32_t keys;            /* read so far, of this device */
    struct problem *problem;
};

void body_open(struct body *body, struct slice payload, const struct body_options *options,
               struct batch *batch, struct problem *problem);

/**
 * Read the value of member @p name and append an entry to the batch.
 * @param as  the entry to be: kind and everything but key and value is filled in
 * @return ERR_OK; ERR_INVALID, ERR_LIMIT, ERR_NOMEM for key or value;
 *         ERR_AGAIN: no room in the batch, which had entries before: send it off, repeat with an empty one;
 *         ERR_LIMIT: no room in a batch that was empty
 */
MUST_USE err_t body_read_member(struct body *body, const struct json_token *name, const struct entry *as);

/** All members up to the end of the object that has just been opened. */
MUST_USE err_t body_read_members(struct body *body, const struct entry *as);

/** Fail because of a token that is none of @p expected: "byte 0: expected an object, found a number". */
MUST_USE err_t body_refuse_token(struct body *body, const struct json_token *token, const char *expected);

/**
 * The end of the message: checks that nothing follows it, and on any error, also @p err handed in, puts the
 * batch back to what it was.
 * @return @p err if that is not ERR_OK
 */
MUST_USE err_t body_finish(struct body *body, err_t err);
