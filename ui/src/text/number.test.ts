import { expect, test } from 'vitest';
import { whole } from './number';

test('thousands are set apart', () => {
  expect([0, 999, 1000, 12345, 123456, 1234567, -1234].map(whole)).toEqual(['0', '999', '1,000', '12,345', '123,456', '1,234,567', '-1,234']);
});
