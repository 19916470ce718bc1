/** Durations as people write them: a whole number and a unit. */
export const units = { s: 1, min: 60, h: 3600, d: 86400 } as const;
export type Unit = keyof typeof units;

/** The largest unit that the seconds are a whole number of. */
export function unitFor(seconds: number): Unit {
  const fitting = (Object.keys(units) as Unit[]).filter((unit) => seconds > 0 && seconds % units[unit] === 0);
  return fitting[fitting.length - 1] ?? 's';
}

/** Seconds of what was typed; null for nothing, undefined for what is no whole number. */
export function secondsOf(amount: string, unit: Unit): number | null | undefined {
  const typed = amount.trim();
  if (typed === '') return null;
  return /^\d{1,9}$/.test(typed) ? Number(typed) * units[unit] : undefined;
}
