import { get } from './client';
import type { LatestTelemetry } from './types';

export const latestTelemetry = (deviceId: string, signal?: AbortSignal): Promise<LatestTelemetry> =>
  get('/api/plugins/telemetry/{entityType}/{entityId}/values/timeseries', {
    path: { entityType: 'DEVICE', entityId: deviceId },
    query: { useStrictDataTypes: true },
    signal,
  }) as Promise<LatestTelemetry>;

/** The newest point of all keys, or null when the device has sent nothing yet. */
export function newestPoint(latest: LatestTelemetry): { key: string; ts: number; value: unknown } | null {
  let newest: { key: string; ts: number; value: unknown } | null = null;
  for (const [key, points] of Object.entries(latest)) {
    const point = points[0];
    if (point && (newest === null || point.ts > newest.ts)) newest = { key, ...point };
  }
  return newest;
}
