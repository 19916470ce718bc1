import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { numberText, timeLabels } from './axis';
import { lookOf } from './lines';
import classes from './Plot.module.css';
import type { Track } from './track';
import type { Span } from './useChartData';

export interface Line {
  key: string;
  /** Place among all keys that are shown, which gives its look. */
  index: number;
  track: Track;
  /** True and false: it stays until it changes. */
  isStepped: boolean;
}

interface Props {
  lines: Line[];
  span: Span;
  version: number;
  /** Pixels. */
  width: number;
  height: number;
  /** What is to be seen, in words. */
  label: string;
  /** Charts of the same name show the same moment under the pointer. */
  together: string;
  onZoom: (span: Span) => void;
  onReset: () => void;
  /** Milliseconds under the pointer; null: it has left. */
  onMoment: (ts: number | null) => void;
}

/** Less than that was a click. */
const LEAST_DRAG = 6;

function tableOf(lines: Line[]): uPlot.AlignedData {
  const tables = lines.map(({ track }): uPlot.AlignedData => [track.times.slice(), track.values.slice()]);
  if (tables.length === 0) return [[]];
  return tables.length === 1 ? (tables[0] as uPlot.AlignedData) : uPlot.join(tables);
}

/** Lines over time, drawn by uPlot on a canvas. */
export function Plot({ lines, span, version, width, height, label, together, onZoom, onReset, onMoment }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const scheme = useComputedColorScheme();
  const now = useRef({ lines, span, onZoom, onReset, onMoment });
  useEffect(() => {
    now.current = { lines, span, onZoom, onReset, onMoment };
  });

  const shape = JSON.stringify(lines.map(({ key, index, isStepped }) => [key, index, isStepped]));
  useEffect(() => {
    const target = box.current;
    if (target === null || width === 0) return;
    const options = optionsOf(target, now.current.lines, scheme === 'dark', together);
    const made = new uPlot(
      {
        ...options,
        width,
        height,
        scales: { x: { time: true, range: () => [now.current.span.from, now.current.span.to] } },
        hooks: {
          setSelect: [
            (u) => {
              const { left, width: dragged } = u.select;
              u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
              if (dragged < LEAST_DRAG) return;
              now.current.onZoom({ from: u.posToVal(left, 'x'), to: u.posToVal(left + dragged, 'x') });
            },
          ],
          setCursor: [
            (u) => {
              const { left = -1, idx } = u.cursor;
              now.current.onMoment(left < 0 || idx == null ? null : (u.data[0][idx] ?? null));
            },
          ],
        },
      },
      tableOf(now.current.lines),
      target,
    );
    const reset = () => now.current.onReset();
    made.over.addEventListener('dblclick', reset);
    plot.current = made;
    return () => {
      plot.current = null;
      made.destroy();
    };
  }, [shape, scheme, width, height, together]);

  useEffect(() => {
    plot.current?.setData(tableOf(now.current.lines));
  }, [version, span]);

  return <div ref={box} className={classes.plot} role="img" aria-label={label} data-height={height} />;
}

function optionsOf(target: HTMLElement, lines: Line[], isDark: boolean, together: string): Omit<uPlot.Options, 'width' | 'height'> {
  const style = getComputedStyle(target);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis: uPlot.Axis = {
    stroke: colour('--mantine-color-dimmed'),
    grid: { stroke: colour('--page-line'), width: 1 },
    ticks: { stroke: colour('--page-line'), width: 1, size: 5 },
    font: `12px ${style.fontFamily}`,
  };
  return {
    ms: 1,
    legend: { show: false },
    cursor: {
      drag: { x: true, y: false, setScale: false },
      sync: { key: together },
      points: { size: 7 },
      bind: { dblclick: () => null },
    },
    axes: [
      { ...axis, space: 64, values: (_u, times, _axis, _space, step) => timeLabels(times, step) },
      {
        ...axis,
        values: (_u, values) => values.map(numberText),
        size: (_u, values) => 22 + 6.6 * Math.max(3, ...(values ?? []).map((value) => value.length)),
      },
    ],
    series: [
      {},
      ...lines.map(({ key, index, isStepped }): uPlot.Series => {
        const look = lookOf(index);
        const stepped = isStepped ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
        return {
          label: key,
          stroke: isDark ? look.dark : look.light,
          width: 1.6,
          dash: look.dash,
          ...(stepped && { paths: stepped }),
        };
      }),
    ],
  };
}
