/**
 * @file page_session.h - logins of browsers: a cookie that scripts cannot read, in place of tokens.
 *
 * A page asks for it with `X-Postern-Session: cookie` where others get tokens (login, activation, a new password, refresh). The
 * cookie names a login, sealed with the server's key; the login's row is what counts, so several tabs share one cookie that
 * does not rotate, and ending the login ends it at once. Its time slides: used in the second half of
 * `auth.refresh_ttl`, the login is given the whole of it again, and the answer carries the cookie anew.
 *
 * What others may make a browser do: the cookie is SameSite=Strict, a request with a foreign Origin is refused, and what
 * changes something needs the header `X-Postern-Page`, which no form and no foreign script can send. An
 * X-Authorization or Authorization header wins over the cookie. Over TLS the cookie is `__Host-postern-session` (Secure), else
 * `postern-session`; neither is taken for the other. Routes of devices take no cookie. RFC 6265bis. Worker threads.
 */
#pragma once

#include "http/call.h"

enum { PAGE_SESSION_SIZE = 36 + 1 + 64 + 1 /* a cookie's value as text */ };

/** The session in a Cookie header, or an empty slice. Pure. */
struct slice page_session_find(struct slice cookies, bool is_tls);

/** Was the request made by our own page, as far as the browser tells? Without an Origin: @p absent. Pure. */
bool page_origin_is_ours(const struct http_request *request, bool absent);

/** Does the caller want a cookie, or came by one? */
bool page_session_is_wanted(const struct call *call);

/** A page that wants a cookie has to be ours. ERR_DENIED */
MUST_USE err_t page_session_check_origin(const struct call *call, struct problem *problem);

/** Fill call->who from the request's cookie. @return ERR_OK · ERR_AUTH · ERR_DENIED (not from our page) */
MUST_USE err_t page_session_identify(struct call *call, struct problem *problem);

/** The same from a cookie's value alone, once it is known who sent it. */
MUST_USE err_t page_session_resume(struct call *call, struct slice session, struct problem *problem);

/** Answer with the cookie of a login and who it is: {"user":..,"expirationTime":ms}. */
MUST_USE err_t page_session_reply(struct call *call, const struct login *login, const struct user *user,
                                  struct problem *problem);

/** Answer a refresh: whoever came by a cookie is told who he is. */
MUST_USE err_t page_session_refresh(struct call *call, struct problem *problem);

/** Let the browser forget its cookie. */
void page_session_clear(struct call *call);
