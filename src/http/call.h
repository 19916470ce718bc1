/**
 * @file call.h - what a handler gets: who asks, the parts of the path, the query, the body, and how to answer.
 *
 * Lives on the stack of router_dispatch(). Texts are borrowed from the request.
 */
#pragma once

#include "http/api.h"
#include "http/caller.h"
#include "http/document.h"
#include "http/message.h"
#include "http/router.h"
#include "model/profile_config.h"
#include "store/registry_groups.h"

enum { CALL_PARTS_MAX = 4 };

/** What a handler tells the audit log (audit.h) of its call. */
struct call_audit {
    struct caller user;    /* whom a call without a login is about; user_id nil: nobody known */
    struct uuid entity_id; /* with AUDIT_HANDLER */
    char name[NAME_SIZE];  /* of the entity; "" = not said */
    json_t *details;       /* an object, or NULL; the router's */
    bool is_later;         /* the entry is written with the outcome, by the handler's own means */
};

struct call {
    struct api *api;
    const struct http_request *request;
    struct http_response *response;
    const struct route *route;
    struct caller who;
    bool is_by_cookie;                  /* who was told by a cookie: page_session.h */
    struct door_entry device;           /* ACCESS_DEVICE: who asks, instead of who */
    struct profile_config *profile;     /* the device's; the router's */
    struct slice parts[CALL_PARTS_MAX]; /* values of the {placeholders}, in order */
    json_t *body;                       /* an object with BODY_OBJECT, else NULL; the router's */
    unsigned error_status, error_code;  /* 0: those of the returned err_t */
    struct call_audit audit;
};

/** Answer 200 with @p document, whose reference is taken; NULL (no memory while building) is an error. */
MUST_USE err_t call_reply(struct call *call, json_t *document, struct problem *problem);

/** Answer 200 with text/plain. */
MUST_USE err_t call_reply_text(struct call *call, const char *text);

/** Saving an older version than the stored one: ERR_CONFLICT. A body without a version saves whatever is stored. @p what "Device" */
MUST_USE err_t call_check_version(const json_t *body, const char *what, int64_t stored,
                                  struct problem *problem);

/** What a conflict of the registry means for the caller: 400 with the platform's sentence; an old version stays 409. */
MUST_USE err_t call_conflict(struct call *call, err_t err, const struct problem *problem);

/* For the audit log (audit.h): the name of what the call is about, such as what it deletes; its id, where the route's row says
 * AUDIT_HANDLER; the user who is meant where nobody is logged in; a member of the entry's data, never a secret, whose reference is taken. */
void call_audit_name(struct call *call, const char *name);
void call_audit_entity(struct call *call, const struct uuid *id, const char *name);
void call_audit_user(struct call *call, const struct user *user);
void call_audit_detail(struct call *call, const char *key, json_t *value);

/** The caller is this user. @param login_id  nil: without a login, by an API key */
void call_set_who(struct call *call, const struct user *user, const struct uuid *login_id);

/** Where the call comes from; "" on the control socket. The host: of an IPv6 address its /64, which is what one host has. */
void call_host_text(const struct call *call, char out[ADDRESS_TEXT_SIZE]);
void call_address_text(const struct call *call, char out[ADDRESS_TEXT_SIZE]);

/** A part of the path as an id. ERR_INVALID names @p field. */
MUST_USE err_t call_part_id(const struct call *call, size_t part, const char *field, struct uuid *ret,
                            struct problem *problem);

/** The device that a part of the path names, of the caller's tenant, as the number of its series. Blocks. */
MUST_USE err_t call_part_device(const struct call *call, size_t part, const char *field, uint64_t *ret_number,
                                struct problem *problem);

/* Query members. When absent: ERR_OK and @p ret untouched. */
MUST_USE err_t call_query_id(const struct call *call, const char *name, struct uuid *ret,
                             struct problem *problem);
MUST_USE err_t call_query_number(const struct call *call, const char *name, uint64_t max, uint64_t *ret,
                                 struct problem *problem);
MUST_USE err_t call_query_bool(const struct call *call, const char *name, bool *ret, struct problem *problem);
/** true, yes, on, 1 and their contraries, in any case. */
MUST_USE err_t call_read_bool(struct slice text, const char *name, bool *ret, struct problem *problem);

/** A required list of ids, "a,b"; call_next_id() takes them out until none is left. */
MUST_USE err_t call_query_ids(const struct call *call, const char *name, struct slice *ret,
                              struct problem *problem);
MUST_USE err_t call_next_id(struct slice *ids, const char *name, struct uuid *ret, struct problem *problem);

/** Append the entity's document. ERR_NOT_FOUND: there is none, or the caller does not see it */
typedef err_t call_append(struct call *call, const struct uuid *id, json_t *list, struct problem *problem);

/** Answer with those that a required list of ids names and that are there. */
MUST_USE err_t call_reply_by_ids(struct call *call, const char *name, call_append *append,
                                 struct problem *problem);

/** textSearch, sortProperty, sortOrder (in any case), pageSize (1..1000) and page; the last two are required. */
struct page_query {
    struct slice text_search, sort_property;
    bool is_descending, is_sorted; /* is_sorted: sortProperty was given */
    uint32_t size, number;
};
MUST_USE err_t call_query_page(const struct call *call, struct page_query *ret, struct problem *problem);

/** {"data":..,"totalPages":..,"totalElements":..,"hasNext":..}; takes @p data. NULL when out of memory. */
json_t *page_document(const struct page_query *query, json_t *data, uint64_t total);
