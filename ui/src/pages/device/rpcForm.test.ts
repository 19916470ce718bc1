import { expect, test } from 'vitest';
import { emptyForm, faultsOf, requestOf, shownJson } from './rpcForm';

test('what cannot be sent is told at its field', () => {
  expect(faultsOf({ ...emptyForm, method: 'a' })).toEqual({});
  const faults = faultsOf({ ...emptyForm, params: '{"open":', timeout: '0', isPersistent: true, retries: 'x' });
  expect(Object.keys(faults).sort()).toEqual(['method', 'params', 'retries', 'timeout']);
  expect(faultsOf({ ...emptyForm, method: 'a', retries: 'x' })).toEqual({});
});

test('a call has what the form says, a kept one its time and retries', () => {
  const form = { ...emptyForm, method: ' setValve ', params: '{"open":true}', timeout: '5' };
  expect(requestOf(form, 1000)).toEqual({ method: 'setValve', params: { open: true }, timeout: 5000 });
  expect(requestOf({ ...emptyForm, method: 'a' }, 0).params).toBeNull();
  expect(requestOf({ ...form, isPersistent: true, keptFor: 60, retries: '2' }, 1000)).toMatchObject({
    persistent: true,
    expirationTime: 61_000,
    retries: 2,
  });
});

test('short answers stay in one line', () => {
  expect(shownJson({ open: true })).toBe('{"open":true}');
  expect(shownJson('text')).toBe('"text"');
  expect(shownJson({ a: 'x'.repeat(80) })).toContain('\n');
});
