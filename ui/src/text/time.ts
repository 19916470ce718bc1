import { text } from './en';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** "3 min ago", for a moment of the past; beyond four weeks the date itself says more. */
export function ago(ts: number, now: number): string {
  const age = now - ts;
  // A device's or this computer's clock may be a little ahead.
  if (age < -MINUTE) return text.time.future;
  if (age < 2 * SECOND) return text.time.now;
  if (age < MINUTE) return text.time.seconds(Math.floor(age / SECOND));
  if (age < HOUR) return text.time.minutes(Math.floor(age / MINUTE));
  if (age < DAY) return text.time.hours(Math.floor(age / HOUR));
  if (age < 28 * DAY) return text.time.days(Math.floor(age / DAY));
  return date(ts);
}

/** How long until the text of ago() can change. */
export function agoPeriod(ts: number, now: number): number {
  const age = Math.abs(now - ts);
  if (age < MINUTE) return SECOND;
  if (age < HOUR) return 15 * SECOND;
  return 5 * MINUTE;
}

const two = (n: number): string => String(n).padStart(2, '0');

/** 2026-07-01, in this computer's time zone. */
export function date(ts: number): string {
  const d = new Date(ts);
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
}

/** 2026-07-01 14:05, in this computer's time zone. */
export function dateTime(ts: number): string {
  const d = new Date(ts);
  return `${date(ts)} ${two(d.getHours())}:${two(d.getMinutes())}`;
}

/** 2026-07-01 14:05:09.120 UTC+02:00, to the millisecond and with its zone. */
export function exact(ts: number): string {
  const d = new Date(ts);
  const offset = -d.getTimezoneOffset();
  const size = Math.abs(offset);
  const zone = offset === 0 ? 'UTC' : `UTC${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
  const milliseconds = String(d.getMilliseconds()).padStart(3, '0');
  return `${dateTime(ts)}:${two(d.getSeconds())}.${milliseconds} ${zone}`;
}

export type Validity = { state: 'valid' | 'soon' | 'expired' | 'future'; daysLeft: number; elapsed: number };

/** Where `now` lies in a certificate's life: `elapsed` is 0 to 1. "Soon" is a month or, for short lives, a fifth of it. */
export function validity(notBefore: number, notAfter: number, now: number): Validity {
  const life = Math.max(1, notAfter - notBefore);
  const elapsed = Math.min(1, Math.max(0, (now - notBefore) / life));
  const left = notAfter - now;
  const daysLeft = Math.floor(left / DAY);
  if (now < notBefore) return { state: 'future', daysLeft, elapsed };
  if (left < 0) return { state: 'expired', daysLeft, elapsed };
  return { state: left < Math.min(30 * DAY, life / 5) ? 'soon' : 'valid', daysLeft, elapsed };
}
