import { expect, it } from 'vitest';
import { intervalFor, MAX_POINTS, numberOf, Track } from './track';

it.each([
  ['AVG', [3, 10]],
  ['MIN', [1, 10]],
  ['MAX', [5, 10]],
] as const)('puts the points of an interval together by %s, in its middle', (aggregation, values) => {
  const track = new Track(aggregation, 1000);
  for (const [ts, value] of [[1000, 1], [1500, 5], [1999, 3], [2000, 10]] as const) track.add(ts, value);
  expect(track.times).toEqual([1500, 2500]);
  expect(track.values).toEqual(values);
});

it('goes on behind what the server has worked out', () => {
  const track = new Track('AVG', 1000);
  track.addReady(500, 7);
  track.add(1100, 1);
  track.add(1200, 2);
  expect(track.values).toEqual([7, 1.5]);
});

it('takes points as they are, each once and never an older one', () => {
  const track = new Track('NONE', 0);
  track.addReady(10, 1);
  for (const ts of [10, 5, 11, 11]) track.add(ts, ts);
  track.add(12, Number.NaN);
  expect(track.times).toEqual([10, 11]);
});

it('is bounded whatever comes, and lets go of what has left the window', () => {
  const track = new Track('NONE', 0);
  let most = 0;
  for (let ts = 0; ts < 4 * MAX_POINTS; ts++) {
    track.add(ts, ts);
    track.trim(ts - 1000);
    most = Math.max(most, track.times.length);
  }
  expect(most).toBeLessThan(1200);
  expect(track.times.at(-1)).toBe(4 * MAX_POINTS - 1);
  expect(track.times[0]).toBeLessThan(3 * MAX_POINTS + 4000);
  const endless = new Track('NONE', 0);
  for (let ts = 0; ts < 4 * MAX_POINTS; ts++) endless.add(ts, ts);
  expect(endless.times.length).toBeLessThan(MAX_POINTS + 200);
});

it('chooses intervals that people know', () => {
  expect(intervalFor(5 * 60_000, 800)).toBe(1000);
  expect(intervalFor(3_600_000, 800)).toBe(10_000);
  expect(intervalFor(86_400_000, 300)).toBe(10 * 60_000);
  expect(intervalFor(30 * 86_400_000, 800)).toBe(2 * 3_600_000);
  expect(intervalFor(10 * 365 * 86_400_000, 300) % 86_400_000).toBe(0);
});

it('draws numbers and truth, nothing else', () => {
  expect([1.5, 9007199254740993n, true, false].map(numberOf)).toEqual([1.5, 9007199254740992, 1, 0]);
  expect(['1', null, {}, Infinity].map(numberOf)).toEqual([null, null, null, null]);
});
