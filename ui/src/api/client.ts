import { setServerGone } from './connection';
import { ErrorCode, errorFromBody, ServerGoneError } from './errors';
import { parseJson, writeJson } from './json';
import type { Answer, Method, Options, PathsWith } from './operations';
import { getSession, setSession } from './session';

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
 * One call of the REST API, in the name of the login whose cookie the browser adds.
 * Throws ApiError with the server's sentence, or ServerGoneError when there is no answer. When the login has ended, the
 * login page takes over.
 */
export async function request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
  return read<T>(await ask(method, path, options));
}

/** An answer that is a file. */
export async function fetchFile(path: string, query: Record<string, QueryValue>, signal?: AbortSignal): Promise<Blob> {
  return (await ask('GET', path, { query, signal })).blob();
}

async function ask(method: string, path: string, options: RequestOptions): Promise<Response> {
  const answer = await send(method, path, options);
  if (answer.ok) return answer;
  const error = errorFromBody(answer.status, await answer.text());
  const isEnd = error.status === 401 && error.code !== ErrorCode.passwordViolation && !options.anonymous;
  if (isEnd) setSession(getSession() === 'in' ? 'expired' : 'out');
  throw error;
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

/** No form and no script of another origin can send the second; by the third a login answers with a cookie. */
export const pageHeaders = { Accept: 'application/json', 'X-Postern-Page': '1', 'X-Postern-Session': 'cookie' } as const;

async function send(method: string, path: string, options: RequestOptions): Promise<Response> {
  const headers: Record<string, string> = { ...pageHeaders };
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

function isPlain(answer: Response): boolean {
  return (answer.headers.get('Content-Type') ?? '').startsWith('text/plain');
}

async function read<T>(answer: Response): Promise<T> {
  const body = await answer.text();
  if (body === '') return undefined as T;
  if (isJson(answer)) return parseJson(body) as T;
  return (isPlain(answer) ? body : undefined) as T;
}
