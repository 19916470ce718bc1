import { expect, it } from 'vitest';
import { convert, fieldOf, isKeptByServer, momentOf, typeOf, valueOf } from './attributeValue';

it.each(['', '25', ' a ', 21.5, -4, true, false, null, [1, { a: null }], { b: 'x' }])('%j comes back from its field as it was', (value) => {
  expect(valueOf(typeOf(value), fieldOf(value))).toEqual(value);
});

it('takes numbers only where a number is meant', () => {
  for (const text of ['', 'x', '1,5', '0x10', '1e999', 'true', '[1]', '"1"']) expect(valueOf('number', text)).toBeUndefined();
  expect(valueOf('number', ' 1e3 ')).toBe(1000);
});

it('takes JSON only that is JSON', () => {
  for (const text of ['', '{', "{'a':1}", 'undefined']) expect(valueOf('json', text)).toBeUndefined();
  expect(valueOf('json', '{"a":[1]}')).toEqual({ a: [1] });
});

it('makes a choice of a text when the kind becomes true or false', () => {
  expect([convert(' True', 'boolean'), convert('x', 'boolean'), convert('x', 'json')]).toEqual(['true', 'false', 'x']);
});

it('knows what the server keeps', () => {
  expect(isKeptByServer('SERVER_SCOPE', 'active')).toBe(true);
  expect(isKeptByServer('SHARED_SCOPE', 'active')).toBe(false);
  expect(isKeptByServer('SERVER_SCOPE', 'inactivityTimeout')).toBe(false);
  expect(momentOf('SERVER_SCOPE', 'lastConnectTime', 5)).toBe(5);
  expect(momentOf('SERVER_SCOPE', 'active', true)).toBeNull();
});
