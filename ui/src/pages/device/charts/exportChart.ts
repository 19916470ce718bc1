import { dateTime } from '../../../text/time';
import { numberText } from './axis';
import { lookOf } from './lines';
import type { Line } from './Plot';

export interface Row {
  ts: number;
  /** In the order of the lines; undefined: none at this moment. */
  values: (number | undefined)[];
}

/** The lines' points by time, the oldest first. */
export function rowsOf(lines: Line[], from: number, to: number): Row[] {
  const rows = new Map<number, Row>();
  lines.forEach(({ track }, place) => {
    track.times.forEach((ts, index) => {
      if (ts < from || ts > to) return;
      let row = rows.get(ts);
      if (!row) rows.set(ts, (row = { ts, values: lines.map(() => undefined) }));
      row.values[place] = track.values[index];
    });
  });
  return [...rows.values()].sort((a, b) => a.ts - b.ts);
}

/** A cell that no spreadsheet takes for a formula: keys are the device's own words. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** RFC 4180; times as ISO 8601 in UTC and as milliseconds. */
export function csvOf(lines: Line[], rows: Row[]): string {
  const head = ['time', 'ts', ...lines.map(({ key }) => cell(key))].join(',');
  const body = rows.map(({ ts, values }) => [new Date(ts).toISOString(), ts, ...values.map((value) => value ?? '')].join(','));
  return `${[head, ...body].join('\r\n')}\r\n`;
}

/** The charts below one another, with what their lines mean. */
export async function pictureOf(title: string, lines: Line[], box: HTMLElement): Promise<Blob | null> {
  const canvases = [...box.querySelectorAll('canvas')];
  const style = getComputedStyle(box);
  const isDark = document.documentElement.getAttribute('data-mantine-color-scheme') === 'dark';
  const scale = devicePixelRatio;
  const head = 48 * scale;
  const picture = document.createElement('canvas');
  picture.width = Math.max(...canvases.map(({ width }) => width));
  picture.height = head + canvases.reduce((sum, { height }) => sum + height, 0);
  const context = picture.getContext('2d');
  if (context === null) return null;
  context.fillStyle = style.getPropertyValue('--mantine-color-body').trim();
  context.fillRect(0, 0, picture.width, picture.height);
  context.fillStyle = style.getPropertyValue('--mantine-color-text').trim();
  context.font = `600 ${14 * scale}px ${style.fontFamily}`;
  context.fillText(title, 10 * scale, 19 * scale);
  context.font = `${12 * scale}px ${style.fontFamily}`;
  let x = 10 * scale;
  for (const { key, index } of lines) {
    context.fillStyle = isDark ? lookOf(index).dark : lookOf(index).light;
    context.fillText(key, x, 38 * scale);
    x += context.measureText(key).width + 16 * scale;
  }
  let y = head;
  for (const canvas of canvases) {
    context.drawImage(canvas, 0, y);
    y += canvas.height;
  }
  return new Promise((done) => picture.toBlob(done, 'image/png'));
}

export function save(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** What a file may be called on any system. */
export const fileName = (device: string, from: number, ending: string): string =>
  `${device.replace(/[^\p{L}\p{N}._-]+/gu, '_').slice(0, 80)}-${dateTime(from).replace(/[ :]/g, '-')}.${ending}`;

export const valueText = (line: Line, value: number | undefined): string => {
  if (value === undefined) return '';
  return line.isStepped ? String(value === 1) : numberText(value);
};
