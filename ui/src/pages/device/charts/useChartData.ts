import { useEffect, useRef, useState } from 'react';
import { history } from '../../../api/history';
import { telemetryFeed, type LivePoint } from '../../../api/live';
import type { LatestTelemetry } from '../../../api/types';
import type { ChartState } from './chartState';
import { ranges } from './chartState';
import { intervalFor, MAX_POINTS, numberOf, Track, type Aggregation } from './track';

export interface Span {
  from: number;
  to: number;
}

export interface ChartData {
  tracks: ReadonlyMap<string, Track>;
  /** Changes whenever there is something else to draw. */
  version: number;
  span: Span;
}

interface Asked {
  deviceId: string;
  state: ChartState;
  /** Keys whose values are true or false: nothing can be worked out of them. */
  truths: string[];
  /** Pixels. */
  width: number;
  /** Of the live connection: what came while there was none is read again. */
  epoch: number;
}

interface Result {
  data: ChartData | null;
  interval: number;
  aggregation: Aggregation;
  isLoading: boolean;
  error: unknown;
  retry: () => void;
}

/** Devices' clocks may be ahead of this computer's. */
const AHEAD = 60 * 60_000;
const FASTEST = 250;
const SLOWEST = 5_000;
/** What comes in while history is on its way. */
const MAX_WAITING = 20_000;

export function spanOf(state: ChartState, now: number): Span {
  return state.fixed ?? { from: now - ranges[state.range], to: now };
}

/** What the server works out and how, so that a chart has no more points than it can show. */
export function resolution(state: ChartState, width: number): { aggregation: Aggregation; interval: number } {
  const span = spanOf(state, 0);
  const interval = intervalFor(span.to - span.from, width);
  const usual = interval <= 1_000 ? 'NONE' : 'AVG';
  return { aggregation: state.aggregation === 'AUTO' ? usual : state.aggregation, interval };
}

/** History of the keys, and what comes in by and by as long as the chart follows the present. */
export function useChartData({ deviceId, state, truths, width, epoch }: Asked): Result {
  const [data, setData] = useState<ChartData | null>(null);
  const [isLoading, setLoading] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  const { aggregation, interval } = resolution(state, width);
  const latest = useRef(state);
  useEffect(() => {
    latest.current = state;
  });

  const { keys, range, fixed } = state;
  const wanted = JSON.stringify([keys, range, fixed, truths]);
  useEffect(() => {
    if (width === 0) return;
    const now = latest.current;
    const loader = new Loader(deviceId, now, truths, aggregation, interval, setData);
    setLoading(true);
    setError(null);
    loader.load().then(
      () => setLoading(false),
      (reason: unknown) => {
        if (loader.isEnded) return;
        setLoading(false);
        setError(reason);
      },
    );
    return () => loader.end();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `wanted` stands for the parts of the state that count
  }, [deviceId, wanted, aggregation, interval, width > 0, Math.max(1, epoch), attempt]);

  return { data, interval, aggregation, isLoading, error, retry: () => setAttempt((n) => n + 1) };
}

class Loader {
  isEnded = false;
  private readonly abort = new AbortController();
  private readonly tracks = new Map<string, Track>();
  private readonly leave: () => void;
  private readonly pace: number;
  private waiting: LivePoint[] | null = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private drawn = 0;
  private version = 0;

  constructor(
    private readonly deviceId: string,
    private readonly state: ChartState,
    private readonly truths: string[],
    private readonly aggregation: Aggregation,
    private readonly interval: number,
    private readonly publish: (data: ChartData) => void,
  ) {
    for (const key of state.keys) this.tracks.set(key, new Track(truths.includes(key) ? 'NONE' : aggregation, interval));
    const span = spanOf(state, 0);
    this.pace = Math.min(SLOWEST, Math.max(FASTEST, (span.to - span.from) / 2_000));
    this.leave = state.fixed ? () => undefined : telemetryFeed(deviceId).onPoints((points) => this.take(points));
  }

  async load(): Promise<void> {
    const numbers = this.state.keys.filter((key) => !this.truths.includes(key));
    const isWhole = this.aggregation === 'NONE';
    await Promise.all([
      this.loadKeys(isWhole ? this.state.keys : this.truths, false),
      this.loadKeys(isWhole ? [] : numbers, true),
    ]);
    if (this.isEnded) return;
    const waiting = this.waiting ?? [];
    this.waiting = null;
    this.put(waiting);
    this.draw();
  }

  end(): void {
    this.isEnded = true;
    this.abort.abort();
    this.leave();
    clearTimeout(this.timer);
  }

  /** By interval up to the one that is not over; that one is put together here, of its points. */
  private async loadKeys(keys: string[], inIntervals: boolean): Promise<void> {
    if (keys.length === 0) return;
    const now = Date.now();
    const { from, to } = spanOf(this.state, now);
    const end = this.state.fixed ? to : now + AHEAD;
    const start = Math.floor(from / this.interval) * this.interval;
    const open = this.state.fixed ? end : Math.floor(now / this.interval) * this.interval;
    const asked = { keys, aggregation: this.aggregation, interval: this.interval, limit: MAX_POINTS };
    const none: LatestTelemetry = {};
    const [ready, points] = await Promise.all([
      inIntervals && open > start ? history(this.deviceId, { ...asked, from: start, to: open }, this.abort.signal) : none,
      inIntervals && open >= end
        ? none
        : history(this.deviceId, { ...asked, aggregation: 'NONE', from: inIntervals ? open : from, to: end }, this.abort.signal),
    ]);
    for (const key of keys) {
      const track = this.tracks.get(key);
      for (const { ts, value } of ready[key] ?? []) track?.addReady(ts, numberOf(value) ?? Number.NaN);
      for (const { ts, value } of points[key] ?? []) track?.add(ts, numberOf(value) ?? Number.NaN);
    }
  }

  private take(points: LivePoint[]): void {
    if (this.waiting === null) {
      if (this.put(points)) this.drawSoon(Date.now() - this.drawn >= this.pace ? 0 : this.pace);
    } else if (this.waiting.length < MAX_WAITING) this.waiting.push(...points);
  }

  private put(points: LivePoint[]): boolean {
    let isOurs = false;
    for (const { key, ts, value } of points) {
      const track = this.tracks.get(key);
      track?.add(ts, numberOf(value) ?? Number.NaN);
      isOurs ||= track !== undefined;
    }
    return isOurs;
  }

  private drawSoon(wait: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.draw(), wait);
  }

  private draw(): void {
    this.drawn = Date.now();
    const span = spanOf(this.state, this.presentOf(this.drawn));
    if (!this.state.fixed) {
      for (const track of this.tracks.values()) track.trim(span.from);
      this.drawSoon(Math.max(1_000, this.pace));
    }
    this.publish({ tracks: this.tracks, version: ++this.version, span });
  }

  /** The right edge: this computer's time, or a device's that is a little ahead of it. */
  private presentOf(now: number): number {
    let present = now;
    for (const { times } of this.tracks.values()) {
      const last = times[times.length - 1] ?? 0;
      if (last < now + AHEAD) present = Math.max(present, last);
    }
    return present;
  }
}
