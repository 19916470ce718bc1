import { writeJson } from '../../api/json';
import type { LatestTelemetry } from '../../api/types';

export interface Arrived {
  key: string;
  ts: number;
  value: unknown;
}

/**
 * The keys whose latest point is another than in `before`. By point and not by time alone: a device may send times of
 * its own that lie in the past.
 */
export function arrivedSince(before: LatestTelemetry, now: LatestTelemetry): Arrived[] {
  const arrived: Arrived[] = [];
  for (const [key, points] of Object.entries(now)) {
    const point = points[0];
    const old = before[key]?.[0];
    if (point && (old?.ts !== point.ts || writeJson(old.value) !== writeJson(point.value))) {
      arrived.push({ key, ...point });
    }
  }
  return arrived.sort((a, b) => b.ts - a.ts);
}
