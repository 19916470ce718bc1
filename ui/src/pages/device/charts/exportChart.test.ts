import { expect, it } from 'vitest';
import { csvOf, fileName, rowsOf } from './exportChart';
import { Track } from './track';

function line(key: string, index: number, points: [number, number][]) {
  const track = new Track('NONE', 0);
  points.forEach(([ts, value]) => track.add(ts, value));
  return { key, index, track, isStepped: false };
}

it('writes a row for each moment, and no formula', () => {
  const lines = [line('=cmd|"x",1', 0, [[1000, 1.5], [2000, 2], [9000, 9]]), line('b', 1, [[2000, -3]])];
  const rows = rowsOf(lines, 0, 5000);
  expect(csvOf(lines, rows)).toBe(
    'time,ts,"\'=cmd|""x"",1",b\r\n1970-01-01T00:00:01.000Z,1000,1.5,\r\n1970-01-01T00:00:02.000Z,2000,2,-3\r\n',
  );
});

it('names files so that any system takes them', () => {
  expect(fileName('../a b:"c"/ü', new Date(2026, 0, 2, 3, 4).getTime(), 'csv')).toBe('.._a_b_c_ü-2026-01-02-03-04.csv');
});
