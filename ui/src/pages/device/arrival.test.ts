import { webcrypto } from 'node:crypto';
import { expect, it, vi } from 'vitest';
import { newestPoint } from '../../api/telemetry';
import { arrivedSince } from './arrival';
import { randomToken } from './randomToken';

it('notices a new key, a new time and a new value, and nothing else', () => {
  const before = { a: [{ ts: 5, value: 1 }], b: [{ ts: 5, value: { x: 1 } }], c: [{ ts: 9, value: 'c' }] };
  expect(arrivedSince(before, structuredClone(before))).toEqual([]);
  const now = { a: [{ ts: 6, value: 1 }], b: [{ ts: 5, value: { x: 2 } }], c: before.c, d: [{ ts: 1, value: true }] };
  expect(arrivedSince(before, now).map(({ key }) => key)).toEqual(['a', 'b', 'd']);
  expect(arrivedSince({}, {})).toEqual([]);
});

it('finds the newest point', () => {
  expect(newestPoint({})).toBeNull();
  expect(newestPoint({ a: [{ ts: 1, value: 1 }], b: [{ ts: 2, value: 2 }], c: [] })).toEqual({ key: 'b', ts: 2, value: 2 });
});

it('makes tokens of 20 letters and digits, each another', () => {
  // Node 18 has it, but not as a global.
  vi.stubGlobal('crypto', webcrypto);
  const tokens = Array.from({ length: 200 }, randomToken);
  for (const token of tokens) expect(token).toMatch(/^[A-Za-z0-9]{20}$/);
  expect(new Set(tokens).size).toBe(200);
});
