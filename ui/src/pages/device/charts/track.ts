/**
 * The numbers of one key that a chart shows: as they are, or one for each interval. Bounded in number, whatever comes.
 * No React, no drawing.
 */
export const aggregations = ['AVG', 'MIN', 'MAX', 'NONE'] as const;
export type Aggregation = (typeof aggregations)[number];

/** Points of a key; also what is asked of the server. */
export const MAX_POINTS = 5_000;

/** Taken off the front together, as that moves all the rest. */
const TRIM_STEP = 128;

export class Track {
  readonly times: number[] = [];
  readonly values: number[] = [];
  private newest = -Infinity;
  /** Of the interval that is not over yet. */
  private sum = 0;
  private count = 0;

  constructor(
    readonly aggregation: Aggregation,
    /** Milliseconds; of no meaning with NONE. */
    readonly interval: number,
    readonly limit = MAX_POINTS,
  ) {}

  /** What the server has worked out: one value for each interval, stamped in its middle, or points as they are. */
  addReady(ts: number, value: number): void {
    this.times.push(ts);
    this.values.push(value);
    if (this.aggregation === 'NONE') this.newest = Math.max(this.newest, ts);
  }

  /** One point; later than all before, or it is not taken. */
  add(ts: number, value: number): void {
    if (ts <= this.newest || !Number.isFinite(value)) return;
    this.newest = ts;
    if (this.aggregation === 'NONE') this.append(ts, value);
    else this.addToInterval((Math.floor(ts / this.interval) + 0.5) * this.interval, value);
  }

  /** Let go of what is before `start`, and of what is too much. */
  trim(start: number): void {
    let gone = Math.max(0, this.times.length - this.limit);
    while (gone < this.times.length && (this.times[gone] as number) < start) gone++;
    // One point before the window keeps the line going to its edge.
    const drop = gone - 1;
    if (drop < TRIM_STEP) return;
    this.times.splice(0, drop);
    this.values.splice(0, drop);
  }

  private append(ts: number, value: number): void {
    this.times.push(ts);
    this.values.push(value);
    if (this.times.length >= this.limit + TRIM_STEP) this.trim(-Infinity);
  }

  private addToInterval(middle: number, value: number): void {
    const last = this.times.length - 1;
    if (this.times[last] !== middle) {
      this.sum = value;
      this.count = 1;
      this.append(middle, value);
      return;
    }
    this.sum += value;
    this.count++;
    const present = this.values[last] as number;
    if (this.aggregation === 'AVG') this.values[last] = this.sum / this.count;
    else this.values[last] = this.aggregation === 'MIN' ? Math.min(present, value) : Math.max(present, value);
  }
}

/** A value as a number to draw, or null. Truth is drawn as 1 and 0. */
export function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'boolean' ? Number(value) : null;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const steps = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12, 24].map((n) => n * HOUR),
];

/** The length of an interval so that a chart this wide has about one point for every two of its pixels. */
export function intervalFor(range: number, width: number): number {
  const least = range / Math.max(50, width / 2);
  return steps.find((step) => step >= least) ?? Math.ceil(least / (24 * HOUR)) * 24 * HOUR;
}
