import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { address, fillPath, request } from './client';
import { isServerGone, setServerGone } from './connection';
import { ApiError, ServerGoneError } from './errors';
import { clearTokens, getTokens, setTokens, wasExpired } from './session';

type Answer = { status: number; body?: unknown; type?: string };
const calls: { method: string; path: string; token: string | null; body: unknown }[] = [];
let answers: (call: (typeof calls)[number]) => Answer;

beforeEach(() => {
  calls.length = 0;
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    const token = new Headers(init.headers).get('X-Authorization');
    const body: unknown = typeof init.body === 'string' ? JSON.parse(init.body) : undefined;
    const call = { method: init.method ?? 'GET', path, token, body };
    calls.push(call);
    const { status, body: answer, type = 'application/json' } = answers(call);
    const sent = answer === undefined ? null : typeof answer === 'string' ? answer : JSON.stringify(answer);
    return Promise.resolve(new Response(sent, { status, headers: { 'Content-Type': type } }));
  });
  setTokens({ token: 'old', refreshToken: 'r-old' });
});

afterEach(() => {
  vi.unstubAllGlobals();
  clearTokens('logout');
  setServerGone(false);
});

const expired = { status: 401, body: { status: 401, message: 'Token has expired', errorCode: 11 } };

it('leaves out what is empty', () => {
  expect(address('/a', { q: '', n: 0, b: false, u: undefined })).toBe('/a?n=0&b=false');
  expect(address('/a')).toBe('/a');
  expect(address('/a', { q: 'x&y z' })).toBe('/a?q=x%26y+z');
});

it('fills a path with segments, whatever is in them', () => {
  expect(fillPath('/api/{a}/x/{b}', { a: 'a/../b', b: 'ü' })).toBe('/api/a%2F..%2Fb/x/%C3%BC');
});

it('sends the token, and takes an empty answer for nothing', async () => {
  answers = () => ({ status: 200, body: '' });
  expect(await request('POST', '/api/x', { body: { a: 1 } })).toBeUndefined();
  expect(calls).toEqual([{ method: 'POST', path: '/api/x', token: 'Bearer old', body: { a: 1 } }]);
});

describe('an expired token', () => {
  it('is refreshed once for many calls, which are then repeated', async () => {
    answers = ({ path, token }) => {
      if (path === '/api/auth/token') return { status: 200, body: { token: 'new', refreshToken: 'r-new' } };
      return token === 'Bearer new' ? { status: 200, body: { path } } : expired;
    };
    expect(await Promise.all([request('GET', '/a'), request('GET', '/b'), request('GET', '/c')])).toEqual([{ path: '/a' }, { path: '/b' }, { path: '/c' }]);
    expect(calls.filter((call) => call.path === '/api/auth/token')).toHaveLength(1);
    expect(calls.find((call) => call.path === '/api/auth/token')?.body).toEqual({ refreshToken: 'r-old' });
    expect(getTokens()).toEqual({ token: 'new', refreshToken: 'r-new' });
  });

  it('ends the login when the refresh is refused', async () => {
    answers = () => expired;
    await expect(request('GET', '/a')).rejects.toBeInstanceOf(ApiError);
    expect(getTokens()).toBeNull();
    expect(wasExpired()).toBe(true);
  });

  it('keeps the login when the server breaks down in between', async () => {
    answers = ({ path }) => (path === '/api/auth/token' ? { status: 500, body: { message: 'broken', errorCode: 2 } } : expired);
    await expect(request('GET', '/a')).rejects.toThrow('broken');
    expect(getTokens()).not.toBeNull();
  });

  it('does not go round in circles', async () => {
    answers = ({ path }) => (path === '/api/auth/token' ? { status: 200, body: { token: 'n', refreshToken: 'm' } } : expired);
    await expect(request('GET', '/a')).rejects.toThrow('Token has expired');
    expect(calls).toHaveLength(3);
  });
});

it('does not end a login over a wrong password while logging in', async () => {
  answers = () => ({ status: 401, body: { message: 'Invalid username or password', errorCode: 10 } });
  await expect(request('POST', '/api/auth/login', { anonymous: true })).rejects.toThrow('Invalid username or password');
  expect(getTokens()).not.toBeNull();
  expect(calls[0]?.token).toBeNull();
});

describe('no answer', () => {
  it('is told apart from a refusal and makes the notice', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
    await expect(request('GET', '/a')).rejects.toBeInstanceOf(ServerGoneError);
    expect(isServerGone()).toBe(true);
    answers = () => ({ status: 200, body: {} });
  });

  it("is also a proxy's page, but not the server's own 503", async () => {
    answers = () => ({ status: 503, body: '<html>', type: 'text/html' });
    await expect(request('GET', '/a')).rejects.toBeInstanceOf(ServerGoneError);
    answers = () => ({ status: 503, body: { message: 'disk full' } });
    await expect(request('GET', '/a')).rejects.toThrow('disk full');
    expect(isServerGone()).toBe(false);
  });
});
