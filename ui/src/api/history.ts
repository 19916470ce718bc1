import { get } from './client';
import type { LatestTelemetry } from './types';

export interface HistoryQuery {
  keys: string[];
  /** Milliseconds; `to` is the one after the last. */
  from: number;
  to: number;
  aggregation: 'AVG' | 'MIN' | 'MAX' | 'NONE';
  /** Milliseconds. */
  interval: number;
  /** Points of a key, without an aggregation. */
  limit: number;
}

/** Points of each key, the oldest first; the newest ones if there are more than the limit. */
export async function history(deviceId: string, asked: HistoryQuery, signal?: AbortSignal): Promise<LatestTelemetry> {
  const isWhole = asked.aggregation === 'NONE';
  const found = (await get('/api/plugins/telemetry/{entityType}/{entityId}/values/timeseries', {
    path: { entityType: 'DEVICE', entityId: deviceId },
    query: {
      keys: asked.keys.join(','),
      startTs: Math.max(0, Math.floor(asked.from)),
      endTs: Math.max(0, Math.ceil(asked.to)),
      agg: asked.aggregation,
      ...(!isWhole && { interval: asked.interval }),
      limit: asked.limit,
      useStrictDataTypes: true,
    },
    signal,
  })) as LatestTelemetry;
  for (const points of Object.values(found)) points.sort((a, b) => a.ts - b.ts);
  return found;
}
