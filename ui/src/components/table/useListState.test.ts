import { expect, it } from 'vitest';
import { readListState, writeListState, type ListKind } from './useListState';

const kind: ListKind = { sorts: { name: 'ASC', createdTime: 'DESC' }, first: 'createdTime', filters: ['active'] };
const read = (search: string) => readListState(kind, new URLSearchParams(search));

it('falls back to the first view for what is not valid', () => {
  const first = { textSearch: '', sortProperty: 'createdTime', sortOrder: 'DESC', filters: {} };
  expect(read('')).toEqual(first);
  expect(read('sort=password&order=sideways&evil=1&active=')).toEqual(first);
  expect(writeListState(kind, read('')).toString()).toBe('');
});

it('keeps what is chosen', () => {
  for (const search of ['q=a+b', 'active=true', 'sort=name&order=DESC', 'sort=createdTime&order=ASC', 'q=x&active=false&sort=name&order=ASC']) {
    expect(writeListState(kind, read(search)).toString()).toBe(search);
  }
});

it('begins a sort in its own order', () => {
  expect(read('sort=name').sortOrder).toBe('ASC');
});

it('leaves alone what is not its own', () => {
  const written = writeListState(kind, { ...readListState(kind, new URLSearchParams()), textSearch: 'b' }, new URLSearchParams('q=a&keys=x&sort=name'));
  expect(written.toString()).toBe('keys=x&q=b');
});
