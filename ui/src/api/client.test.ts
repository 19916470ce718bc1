import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { address, fillPath, request } from './client';
import { isServerGone, setServerGone } from './connection';
import { ServerGoneError } from './errors';
import { getSession, setSession } from './session';

type Answer = { status: number; body?: unknown; type?: string };
const calls: { method: string; path: string; isPage: boolean; body: unknown }[] = [];
let answers: (call: (typeof calls)[number]) => Answer;

beforeEach(() => {
  calls.length = 0;
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    const isPage = new Headers(init.headers).has('X-Postern-Page');
    const body: unknown = typeof init.body === 'string' ? JSON.parse(init.body) : undefined;
    const call = { method: init.method ?? 'GET', path, isPage, body };
    calls.push(call);
    const { status, body: answer, type = 'application/json' } = answers(call);
    const sent = answer === undefined ? null : typeof answer === 'string' ? answer : JSON.stringify(answer);
    return Promise.resolve(new Response(sent, { status, headers: { 'Content-Type': type } }));
  });
  setSession('in');
});

afterEach(() => {
  vi.unstubAllGlobals();
  setServerGone(false);
});

it('leaves out what is empty', () => {
  expect(address('/a', { q: '', n: 0, b: false, u: undefined })).toBe('/a?n=0&b=false');
  expect(address('/a')).toBe('/a');
  expect(address('/a', { q: 'x&y z' })).toBe('/a?q=x%26y+z');
});

it('fills a path with segments, whatever is in them', () => {
  expect(fillPath('/api/{a}/x/{b}', { a: 'a/../b', b: 'ü' })).toBe('/api/a%2F..%2Fb/x/%C3%BC');
});

it('says that it is the page, and takes an empty answer for nothing', async () => {
  answers = () => ({ status: 200, body: '' });
  expect(await request('POST', '/api/x', { body: { a: 1 } })).toBeUndefined();
  expect(calls).toEqual([{ method: 'POST', path: '/api/x', isPage: true, body: { a: 1 } }]);
});

it('notices the end of a login, and tells it from one that never began', async () => {
  answers = () => ({ status: 401, body: { message: 'Authentication failed', errorCode: 10 } });
  await expect(request('GET', '/a')).rejects.toThrow('Authentication failed');
  expect(getSession()).toBe('expired');
  setSession('unknown');
  await expect(request('GET', '/a')).rejects.toThrow('Authentication failed');
  expect(getSession()).toBe('out');
});

it('keeps the login when the server breaks down', async () => {
  answers = () => ({ status: 500, body: { message: 'broken', errorCode: 2 } });
  await expect(request('GET', '/a')).rejects.toThrow('broken');
  expect(getSession()).toBe('in');
});

it('does not end a login over a wrong password while logging in', async () => {
  answers = () => ({ status: 401, body: { message: 'Invalid username or password', errorCode: 10 } });
  await expect(request('POST', '/api/auth/login', { anonymous: true })).rejects.toThrow('Invalid username or password');
  expect(getSession()).toBe('in');
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
