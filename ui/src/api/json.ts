/**
 * JSON whose integers stay exact. A device's counter may be larger than 2^53; as a JavaScript number it would be shown
 * with other digits than were sent. Browsers that tell the digits of a number to the reviver also have JSON.rawJSON.
 */
const raw = (JSON as { rawJSON?: (text: string) => unknown }).rawJSON;

function exact(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const digits = context?.source ?? '';
  return raw !== undefined && /^-?\d+$/.test(digits) ? BigInt(digits) : value;
}

/** Integers beyond 2^53 become bigint where the browser can tell their digits. Throws SyntaxError. */
export const parseJson = (text: string): unknown => JSON.parse(text, exact as (key: string, value: unknown) => unknown);

export const writeJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? (raw?.(String(part)) ?? Number(part)) : part), indent);
