import { expect, it } from 'vitest';
import { secondsOf, unitFor } from './duration';

it('shows seconds in the largest unit that loses nothing', () => {
  expect([90, 600, 7200, 86400, 0].map(unitFor)).toEqual(['s', 'min', 'h', 'd', 's']);
});

it('reads whole numbers only, and tells nothing from nonsense', () => {
  expect(secondsOf(' 10 ', 'min')).toBe(600);
  expect(secondsOf('', 'min')).toBeNull();
  for (const bad of ['1.5', '-1', '1e3', 'ten', '9999999999']) expect(secondsOf(bad, 's')).toBeUndefined();
});
