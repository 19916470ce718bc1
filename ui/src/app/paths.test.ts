import { expect, it } from 'vitest';
import { paths, safeNext } from './paths';

it('goes to addresses of this page only after login', () => {
  expect(safeNext('/groups/1?q=2')).toBe('/groups/1?q=2');
  for (const bad of [null, '', '//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:1', '/login?next=/login']) {
    expect(safeNext(bad)).toBe(paths.home);
  }
});
