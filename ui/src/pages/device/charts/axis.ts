import { DAY, date, dateTime } from '../../../text/time';
import { whole } from '../../../text/number';

const MINUTE = 60_000;
const two = (n: number): string => String(n).padStart(2, '0');

/** Labels of a time axis in this computer's zone, with the day below where another one begins. */
export function timeLabels(times: number[], step: number): string[] {
  let day = '';
  return times.map((ts) => {
    const label = step >= DAY ? '' : clock(ts, step);
    const today = date(ts);
    if (today === day) return label === '' ? today.slice(5) : label;
    day = today;
    return label === '' ? today.slice(5) : `${label}\n${today.slice(5)}`;
  });
}

function clock(ts: number, step: number): string {
  const d = new Date(ts);
  const time = dateTime(ts).slice(11);
  if (step >= MINUTE) return time;
  const seconds = `${time}:${two(d.getSeconds())}`;
  return step >= 1000 ? seconds : `${seconds}.${String(d.getMilliseconds()).padStart(3, '0')}`;
}

/** Digits that are worth reading. */
export function numberText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return whole(value);
  const size = Math.abs(value);
  if (size >= 1e9 || size < 1e-4) return value.toExponential(4);
  return value.toLocaleString('en', { maximumSignificantDigits: 7 });
}
