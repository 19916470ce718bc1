interface Props {
  /** Oldest first; times in milliseconds. */
  times: readonly number[];
  values: readonly number[];
  /** The whole width, in milliseconds. */
  from: number;
  to: number;
  label: string;
}

const WIDTH = 96;
const HEIGHT = 24;
const EDGE = 2;

/** A small line without axes: which way a number goes. */
export function Sparkline({ times, values, from, to, label }: Props) {
  if (times.length === 0) return <svg width={WIDTH} height={HEIGHT} aria-hidden />;
  const low = Math.min(...values);
  const scale = (Math.max(...values) - low) || 1;
  const isFlat = values.every((value) => value === values[0]);
  const x = (ts: number) => ((ts - from) / (to - from)) * (WIDTH - 2 * EDGE) + EDGE;
  const y = (value: number) => (isFlat ? HEIGHT / 2 : HEIGHT - EDGE - ((value - low) / scale) * (HEIGHT - 2 * EDGE));
  const places = times.map((ts, index) => `${x(ts).toFixed(1)},${y(values[index] as number).toFixed(1)}`);
  const last = times.length - 1;
  return (
    <svg width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      <polyline points={places.join(' ')} fill="none" stroke="var(--mantine-color-anchor)" strokeWidth="1.4" strokeLinejoin="round" />
      <circle cx={x(times[last] as number)} cy={y(values[last] as number)} r="2" fill="var(--mantine-color-anchor)" />
    </svg>
  );
}
