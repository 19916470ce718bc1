import { expect, it } from 'vitest';
import { ago, date, dateTime, DAY, exact, validity } from './time';

const now = new Date(2026, 6, 15, 12, 0, 0).getTime();

it.each([
  [0, 'just now'],
  [-3_000, 'just now'],
  [-120_000, 'in the future'],
  [5_000, '5 s ago'],
  [59_999, '59 s ago'],
  [60_000, '1 min ago'],
  [3_600_000, '1 h ago'],
  [DAY - 1, '23 h ago'],
  [DAY, 'yesterday'],
  [3 * DAY, '3 days ago'],
  [28 * DAY, '2026-06-17'],
])('says how long ago %i ms are', (age, said) => {
  expect(ago(now - age, now)).toBe(said);
});

it('writes dates with the largest part first', () => {
  const ts = new Date(2026, 0, 2, 3, 4, 5, 6).getTime();
  expect(date(ts)).toBe('2026-01-02');
  expect(dateTime(ts)).toBe('2026-01-02 03:04');
  expect(exact(ts)).toMatch(/^2026-01-02 03:04:05\.006 UTC([+-]\d\d:\d\d)?$/);
});

it('finds the place of a moment in the life of a certificate', () => {
  const year = { from: now - 165 * DAY, to: now + 200 * DAY };
  expect(validity(year.from, year.to, now)).toMatchObject({ state: 'valid', daysLeft: 200 });
  expect(validity(year.from, year.to, now).elapsed).toBeCloseTo(165 / 365);
  expect(validity(now - 350 * DAY, now + 15 * DAY, now).state).toBe('soon');
  expect(validity(now - 2 * DAY, now + 28 * DAY, now).state).toBe('valid');
  expect(validity(now - 10 * DAY, now - 1, now)).toMatchObject({ state: 'expired', elapsed: 1 });
  expect(validity(now + DAY, now + 2 * DAY, now)).toMatchObject({ state: 'future', elapsed: 0 });
  expect(validity(now, now, now).elapsed).toBe(0);
});
