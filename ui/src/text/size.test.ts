import { expect, it } from 'vitest';
import { size } from './size';

it('tells bytes for people', () => {
  expect([0, 1023, 1024, 1536, 64 * 1024 * 1024, 3e12].map(size)).toEqual(['0 B', '1023 B', '1 KiB', '1.5 KiB', '64 MiB', '2,794 GiB']);
});
