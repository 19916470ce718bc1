import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'wouter';
import { aggregations, type Aggregation } from './track';

/** Milliseconds by the name in the address. */
export const ranges = {
  '5m': 5 * 60_000,
  '15m': 15 * 60_000,
  '1h': 3_600_000,
  '6h': 6 * 3_600_000,
  '24h': 24 * 3_600_000,
  '7d': 7 * 86_400_000,
  '30d': 30 * 86_400_000,
} as const;
export type RangeName = keyof typeof ranges;

export const MAX_KEYS = 8;
const FIRST_RANGE: RangeName = '1h';

/** What the charts show; all of it is in the address. */
export interface ChartState {
  keys: string[];
  /** Up to now, and going on. */
  range: RangeName;
  /** Milliseconds; instead of the range: a time that stands still. */
  fixed: { from: number; to: number } | null;
  aggregation: Aggregation | 'AUTO';
  /** One chart for each key. */
  apart: boolean;
  show: 'chart' | 'table';
}

const names = ['keys', 'range', 'from', 'to', 'agg', 'apart', 'show'];

export function readChartState(search: URLSearchParams): ChartState {
  const range = search.get('range') ?? '';
  const from = Date.parse(search.get('from') ?? '');
  const to = Date.parse(search.get('to') ?? '');
  const agg = (search.get('agg') ?? '').toUpperCase();
  const keys = (search.get('keys') ?? '').split(',').filter((key) => key !== '');
  return {
    keys: [...new Set(keys)].slice(0, MAX_KEYS),
    range: Object.hasOwn(ranges, range) ? (range as RangeName) : FIRST_RANGE,
    fixed: from < to ? { from, to } : null,
    aggregation: (aggregations as readonly string[]).includes(agg) ? (agg as Aggregation) : 'AUTO',
    apart: search.get('apart') === '1',
    show: search.get('show') === 'table' ? 'table' : 'chart',
  };
}

/** `search` with this state in place of its own; whatever else is in it, such as the list's, stays. */
export function writeChartState(state: ChartState, search: URLSearchParams): URLSearchParams {
  const next = new URLSearchParams(search);
  names.forEach((name) => next.delete(name));
  if (state.keys.length > 0) next.set('keys', state.keys.join(','));
  if (state.range !== FIRST_RANGE) next.set('range', state.range);
  if (state.fixed) {
    next.set('from', new Date(state.fixed.from).toISOString());
    next.set('to', new Date(state.fixed.to).toISOString());
  }
  if (state.aggregation !== 'AUTO') next.set('agg', state.aggregation.toLowerCase());
  if (state.apart) next.set('apart', '1');
  if (state.show === 'table') next.set('show', 'table');
  return next;
}

export type ChangeChart = (change: Partial<ChartState>, replace?: boolean) => void;

export function useChartState(): [ChartState, ChangeChart] {
  const [search, setSearch] = useSearchParams();
  const state = useMemo(() => readChartState(search), [search]);
  const change = useCallback<ChangeChart>(
    (part, replace = false) => setSearch((now) => writeChartState({ ...readChartState(now), ...part }, now), { replace }),
    [setSearch],
  );
  return [state, change];
}
