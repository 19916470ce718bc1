/**
 * @file reader.h - pull reader for JSON as devices write it.
 *
 * Lenient mode takes what Gson's lenient JsonReader takes, because devices rely on it; on top of strict JSON:
 *   - names and strings in single quotes or in none. An unquoted one ends before a space, tab, line feed,
 *     form feed, return or one of / \ ; # = { } [ ] : ,  and may hold quotes: {it's:25} has the name "it's";
 *   - true, false and null in any mix of cases;
 *   - `=` or `=>` for `:`, `;` for `,`;
 *   - comments: // and # to the end of the line, and C comments, not nested;
 *   - an array element left out is null: [1,,2] is [1,null,2], [1,] is [1,null], [,] is [null,null]
 *     (not so in objects: {a:1,} and {a:,b:1} are errors);
 *   - what starts like a number but is none (007, +5, .5, 5., 0x10, 1e, NaN) is an unquoted string;
 *   - any control character inside quotes, and a backslash before a line feed for that line feed;
 *   - a leading byte order mark, and the prefix )]}' followed by a line feed.
 * Ours, where Gson is silent or worse: invalid UTF-8 and NUL bytes are errors (Gson replaces them); so is an
 * empty text; bytes after the value are errors, but comments there are not; nesting is limited by the caller.
 * A \u escape that is half a surrogate pair becomes U+FFFD; \u0000 is kept, so text may contain NUL.
 * Strict mode is RFC 8259 and nothing else; half a surrogate pair is an error there.
 *
 * Memory: the reader allocates nothing. Text of tokens borrows from the input or, if it had escapes, from
 * `scratch`, which grows once a document at most (to the document's size) and keeps its memory for the next.
 * All text stays valid until the reader is initialised again, or scratch is touched by someone else.
 * A reader is a plain value: copy it to return to a place later. Then text from before the return is no
 * longer to be used, if it could have had escapes. Not thread-safe. Time: linear in the input.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

enum { JSON_DEPTH_MAX = 256 }; /* containers open at once that reader and writer can follow */

enum json_mode { JSON_MODE_LENIENT, JSON_MODE_STRICT };

enum json_kind {
    JSON_TOKEN_END, /* the value is complete and nothing follows it */
    JSON_TOKEN_OBJECT,
    JSON_TOKEN_OBJECT_END,
    JSON_TOKEN_ARRAY,
    JSON_TOKEN_ARRAY_END,
    JSON_TOKEN_NAME, /* of a member; its value is next */
    JSON_TOKEN_STRING,
    JSON_TOKEN_NUMBER, /* text obeys JSON's number grammar */
    JSON_TOKEN_TRUE,
    JSON_TOKEN_FALSE,
    JSON_TOKEN_NULL,
};

struct json_token {
    enum json_kind kind;
    struct slice text; /* NAME, STRING: unescaped UTF-8; NUMBER: as written; else empty */
    size_t at;         /* byte offset where it starts */
};

struct json_reader {
    const uint8_t *start, *pos, *end;
    struct buf *scratch;
    struct problem *problem;
    enum json_mode mode;
    uint32_t depth, max_depth; /* containers open; allowed */
    int state;                 /* what comes next; reader.c */
    size_t unescaped;          /* bytes of scratch that tokens so far stand on */
    uint64_t is_object[JSON_DEPTH_MAX / 64];
};

/**
 * @param text       borrowed while the reader and its tokens are in use
 * @param max_depth  1 to JSON_DEPTH_MAX containers open at once
 * @param scratch    borrowed and cleared; see above
 * @param problem    where errors are told; may be NULL
 */
void json_reader_init(struct json_reader *r, struct slice text, enum json_mode mode, uint32_t max_depth,
                      struct buf *scratch, struct problem *problem);

/**
 * The next token. After JSON_TOKEN_END: JSON_TOKEN_END again.
 *
 * @return ERR_OK; ERR_INVALID (not JSON: problem->at is the byte, the text says what was expected there:
 *         "payload is not JSON: byte 14, expected ':' after the name, found '}'"); ERR_LIMIT (nested too deep);
 *         ERR_NOMEM (scratch). After an error the reader is of no further use.
 */
MUST_USE err_t json_next(struct json_reader *r, struct json_token *ret_token);

/**
 * Pass over the rest of the value that began with @p first, the token just read: to the matching end if it
 * opened an object or array, else nothing. What is passed over is checked all the same.
 * @return as json_next()
 */
MUST_USE err_t json_skip(struct json_reader *r, const struct json_token *first);

/** "an object", "a string" ...: for messages. */
const char *json_kind_name(enum json_kind kind);
