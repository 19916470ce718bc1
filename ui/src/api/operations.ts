/** Types of calls, taken from the description of the API (schema.d.ts is made of docs/openapi by "npm run schema"). */
import type { components, paths } from './schema';

export type Schemas = components['schemas'];
export type Method = 'get' | 'post' | 'put' | 'delete';

/** Paths that have an operation with this method. */
export type PathsWith<M extends Method> = { [P in keyof paths]: paths[P] extends Record<M, object> ? P : never }[keyof paths];

type Operation<M extends Method, P extends keyof paths> = paths[P] extends Record<M, infer O> ? O : never;
type Content<T> = T extends { content: infer C } ? C[keyof C] : undefined;
type JsonBody<O> = O extends { requestBody: { content: { 'application/json': infer B } } }
  ? { body: B }
  : O extends { requestBody?: { content: { 'application/json': infer B } } }
    ? { body?: B }
    : object;
type PathValues<O> = O extends { parameters: { path: infer V } } ? { path: V } : object;
/** What may be left out may also be undefined. */
type OrUndefined<Q> = { [K in keyof Q]: object extends Pick<Q, K> ? Q[K] | undefined : Q[K] };
type QueryValues<O> = O extends { parameters: { query: infer Q extends object } }
  ? { query: OrUndefined<Q> }
  : O extends { parameters: { query?: infer Q extends object } }
    ? { query?: OrUndefined<Q> }
    : object;

interface Common {
  signal?: AbortSignal | undefined;
  /** The call is part of logging in: a 401 is its own answer and not the end of a login. */
  anonymous?: boolean;
}

type All<M extends Method, P extends keyof paths> = Common &
  PathValues<Operation<M, P>> &
  QueryValues<Operation<M, P>> &
  JsonBody<Operation<M, P>>;

/** What a call needs besides its path; may be left out when nothing of it is required. */
export type Options<M extends Method, P extends keyof paths> =
  object extends All<M, P> ? [options?: All<M, P>] : [options: All<M, P>];

/** The body of status 200. */
export type Answer<M extends Method, P extends keyof paths> =
  Operation<M, P> extends { responses: { 200: infer R } } ? Content<R> : undefined;
