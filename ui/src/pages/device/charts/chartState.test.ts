import { expect, it } from 'vitest';
import { MAX_KEYS, readChartState, writeChartState } from './chartState';

const read = (search: string) => readChartState(new URLSearchParams(search));

it('comes back from the address as it was, beside the state of the list', () => {
  const state = {
    keys: ['a b', 'c=d'],
    range: '7d',
    fixed: { from: Date.UTC(2026, 0, 2, 3, 4, 5, 6), to: Date.UTC(2026, 0, 3) },
    aggregation: 'MAX',
    apart: true,
    show: 'table',
  } as const;
  const written = writeChartState({ ...state, keys: [...state.keys] }, new URLSearchParams('q=boiler&keys=old'));
  expect(written.get('q')).toBe('boiler');
  expect(readChartState(new URLSearchParams(written.toString()))).toEqual(state);
});

it('writes nothing of what is usual', () => {
  expect(writeChartState(read(''), new URLSearchParams('q=x')).toString()).toBe('q=x');
});

it('falls back for what is not valid, and is bounded', () => {
  const odd = read('range=toString2&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z&agg=sum&show=x');
  expect(odd).toEqual({ keys: [], range: '1h', fixed: null, aggregation: 'AUTO', apart: false, show: 'chart' });
  expect(read(`keys=${Array.from({ length: 50 }, (_, n) => `k${n}`).join(',')},k1`).keys).toHaveLength(MAX_KEYS);
});
