import { setServerGone } from './connection';
import { ApiError, ErrorCode, errorFromBody, ServerGoneError } from './errors';
import { parseJson, writeJson } from './json';
import type { Answer, Method, Options, PathsWith } from './operations';
import { clearTokens, getTokens, setTokens, type Tokens } from './session';

type QueryValue = string | number | boolean | string[] | undefined;

export interface RequestOptions {
  query?: Record<string, QueryValue>;
  body?: unknown;
  signal?: AbortSignal | undefined;
  /** Without: the call is part of logging in, so a 401 is its own answer and not the end of a login. */
  anonymous?: boolean;
}

/** Path and query of a call; members that are undefined or empty are left out. */
export function address(path: string, query: Record<string, QueryValue> = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') search.set(name, String(value));
  }
  const tail = search.toString();
  return tail === '' ? path : `${path}?${tail}`;
}

/**
 * One call of the REST API.
 * Throws ApiError with the server's sentence, or ServerGoneError when there is no answer. An expired token is
 * refreshed once and the call repeated; when that fails too, the login ends and the login page takes over.
 */
export async function request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
  const used = options.anonymous ? null : getTokens();
  const answer = await send(method, path, options, used);
  if (answer.ok) return read<T>(answer);

  const error = errorFromBody(answer.status, await answer.text());
  if (answer.status !== 401 || options.anonymous) throw error;
  if (error.code === ErrorCode.tokenExpired && used !== null) {
    const fresh = await refresh(used);
    const again = await send(method, path, options, fresh);
    if (again.ok) return read<T>(again);
    throw endOnUnauthorised(errorFromBody(again.status, await again.text()));
  }
  throw endOnUnauthorised(error);
}

/** The operations of the API's description (docs/openapi): path, query, body and answer are checked by its types. */
const operation =
  <M extends Method>(method: M) =>
  <P extends PathsWith<M>>(path: P, ...[options]: Options<M, P>): Promise<Answer<M, P>> => {
    const { path: values, ...rest } = (options ?? {}) as RequestOptions & { path?: Record<string, string> };
    return request<Answer<M, P>>(method.toUpperCase(), fillPath(path, values ?? {}), rest);
  };

export const get = operation('get');
export const post = operation('post');
export const put = operation('put');
export const del = operation('delete');

/** A path with its placeholders filled in; each value is one segment, whatever is in it. */
export function fillPath(path: string, values: Record<string, string>): string {
  return path.replace(/\{(\w+)\}/g, (_whole, name: string) => encodeURIComponent(values[name] ?? ''));
}

async function send(method: string, path: string, options: RequestOptions, tokens: Tokens | null): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (tokens !== null) headers['X-Authorization'] = `Bearer ${tokens.token}`;
  const init: RequestInit = { method, headers, cache: 'no-store', credentials: 'same-origin' };
  if (options.body !== undefined) {
    headers['Content-Type'] = 'application/json';
    init.body = writeJson(options.body);
  }
  if (options.signal) init.signal = options.signal;

  let answer: Response;
  try {
    answer = await fetch(address(path, options.query), init);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    setServerGone(true);
    throw new ServerGoneError();
  }
  if ([502, 503, 504].includes(answer.status) && !isJson(answer)) {
    setServerGone(true);
    throw new ServerGoneError();
  }
  setServerGone(false);
  return answer;
}

function isJson(answer: Response): boolean {
  return (answer.headers.get('Content-Type') ?? '').includes('json');
}

async function read<T>(answer: Response): Promise<T> {
  const body = await answer.text();
  return (body !== '' && isJson(answer) ? parseJson(body) : undefined) as T;
}

function endOnUnauthorised(error: ApiError): ApiError {
  if (error.status === 401 && error.code !== ErrorCode.passwordViolation) clearTokens('expired');
  return error;
}

let refreshing: Promise<Tokens> | null = null;

/** Many calls may meet the expired token at once; one refresh serves them all. */
function refresh(used: Tokens): Promise<Tokens> {
  const now = getTokens();
  if (now !== null && now.token !== used.token) return Promise.resolve(now);
  refreshing ??= askForTokens(used).finally(() => {
    refreshing = null;
  });
  return refreshing;
}

async function askForTokens(used: Tokens): Promise<Tokens> {
  const answer = await send('POST', '/api/auth/token', { body: { refreshToken: used.refreshToken } }, null);
  if (!answer.ok) {
    const error = errorFromBody(answer.status, await answer.text());
    if (answer.status < 500) clearTokens('expired');
    throw error;
  }
  const fresh = await read<Tokens>(answer);
  setTokens(fresh);
  return fresh;
}
