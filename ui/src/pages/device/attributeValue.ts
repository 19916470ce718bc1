import { parseJson, writeJson } from '../../api/json';

/** Kinds of values as a person edits them. */
export const valueTypes = ['string', 'number', 'boolean', 'json'] as const;
export type ValueType = (typeof valueTypes)[number];

export function typeOf(value: unknown): ValueType {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'number':
    case 'bigint':
      return 'number';
    case 'boolean':
      return 'boolean';
    default:
      return 'json';
  }
}

/** As it stands in the field. */
export function fieldOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return writeJson(value);
  // Indented, except for what JSON.stringify cannot indent without losing digits.
  const text = writeJson(value);
  const indented = JSON.stringify(JSON.parse(text), null, 2);
  return JSON.stringify(JSON.parse(indented)) === text ? indented : text;
}

/** The text of another kind that means the same, as far as there is one. */
export function convert(text: string, to: ValueType): string {
  if (to === 'boolean') return text.trim().toLowerCase() === 'true' ? 'true' : 'false';
  return text;
}

/** What a field's text means; undefined: it is not of this kind. */
export function valueOf(type: ValueType, text: string): unknown {
  if (type === 'string') return text;
  if (type === 'boolean') return text === 'true';
  try {
    const value = parseJson(text.trim());
    const isNumber = typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value));
    return type === 'json' || isNumber ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What the server itself keeps of a device: setting it would last until the device's next message. */
const kept = ['active', 'lastConnectTime', 'lastDisconnectTime', 'lastActivityTime', 'inactivityAlarmTime'];

export const isKeptByServer = (scope: string, key: string): boolean => scope === 'SERVER_SCOPE' && kept.includes(key);

/** A moment, if this is one of those that the server keeps. */
export const momentOf = (scope: string, key: string, value: unknown): number | null =>
  isKeptByServer(scope, key) && key.endsWith('Time') && typeof value === 'number' && value > 0 ? value : null;
