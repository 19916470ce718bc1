import { useEffect, useState } from 'react';
import { history } from '../../api/history';
import { telemetryFeed, type LivePoint } from '../../api/live';
import { numberOf, Track } from './charts/track';

export const TREND_SPAN = 5 * 60_000;
const INTERVAL = 5_000;
const PACE = 1_000;
/** More rows than anyone looks at at once are not asked for history; what comes in is drawn for all of them. */
const MOST_KEYS = 60;
const AHEAD = 60 * 60_000;

export interface Trends {
  tracks: ReadonlyMap<string, Track>;
  to: number;
}

/** The last minutes of these keys, for small lines. `keys`: those with numbers. */
export function useTrends(deviceId: string, keys: string[]): Trends {
  const [trends, setTrends] = useState<Trends>(() => ({ tracks: new Map(), to: Date.now() }));
  const wanted = keys.filter((key) => !key.includes(',')).slice(0, MOST_KEYS).join(',');

  useEffect(() => {
    const tracks = new Map<string, Track>();
    const abort = new AbortController();
    let waiting: LivePoint[] | null = [];
    const trackOf = (key: string): Track => {
      const known = tracks.get(key) ?? new Track('AVG', INTERVAL, 200);
      tracks.set(key, known);
      return known;
    };
    const put = (points: LivePoint[]) => {
      for (const { key, ts, value } of points) {
        const number = typeof value === 'boolean' ? null : numberOf(value);
        if (number !== null) trackOf(key).add(ts, number);
      }
    };
    const leave = telemetryFeed(deviceId).onPoints((points) => (waiting === null ? put(points) : waiting.push(...points)));
    const load = async () => {
      const now = Date.now();
      const open = Math.floor(now / INTERVAL) * INTERVAL;
      const asked = { keys: wanted.split(','), aggregation: 'AVG', interval: INTERVAL, limit: 500 } as const;
      const [ready, points] = await Promise.all([
        history(deviceId, { ...asked, from: open - TREND_SPAN, to: open }, abort.signal),
        history(deviceId, { ...asked, aggregation: 'NONE', from: open, to: now + AHEAD }, abort.signal),
      ]);
      for (const [key, list] of Object.entries(ready)) {
        for (const { ts, value } of list) trackOf(key).addReady(ts, numberOf(value) ?? Number.NaN);
      }
      put(Object.entries(points).flatMap(([key, list]) => list.map((point) => ({ key, ...point }))));
    };
    const draw = () => {
      const to = Date.now();
      tracks.forEach((track) => track.trim(to - TREND_SPAN));
      setTrends({ tracks, to });
    };
    // The lines are a help beside the values: without their history they begin now.
    const begun = wanted === '' ? Promise.resolve() : load().catch(() => undefined);
    void begun.then(() => {
      put(waiting ?? []);
      waiting = null;
      if (!abort.signal.aborted) draw();
    });
    const timer = setInterval(draw, PACE);
    return () => {
      abort.abort();
      leave();
      clearInterval(timer);
    };
  }, [deviceId, wanted]);

  return trends;
}
