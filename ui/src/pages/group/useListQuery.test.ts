import { expect, it } from 'vitest';
import { safeNext } from '../../app/paths';
import { readListQuery, writeListQuery } from './useListQuery';

const roundTrip = (search: string): string => writeListQuery(readListQuery(new URLSearchParams(search))).toString();

it('keeps the state of the list in the address, and nothing that is as usual', () => {
  expect(roundTrip('')).toBe('');
  expect(roundTrip('q=a+b&page=3&size=50&sort=name&order=DESC')).toBe('q=a+b&page=3&size=50&sort=name&order=DESC');
  expect(roundTrip('page=1&size=20&sort=createdTime&order=DESC')).toBe('');
});

it('falls back to the first view for what makes no sense', () => {
  expect(roundTrip('page=-1&size=7&sort=password&order=UP')).toBe('');
  expect(roundTrip('page=x')).toBe('');
  expect(readListQuery(new URLSearchParams('sort=name')).sortOrder).toBe('ASC');
});

it('goes to addresses of this page only after login', () => {
  expect(safeNext('/groups/1?q=2')).toBe('/groups/1?q=2');
  for (const bad of [null, '', '//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:1', '/login?next=/login']) {
    expect(safeNext(bad)).toBe('/groups/all');
  }
});
