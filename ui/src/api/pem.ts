/**
 * What a pasted text or dropped file is, decided in the browser so that a private key never leaves it.
 * Everything finer (is it a certificate, is it expired, is it taken) is the server's to say.
 */
export type Recognised =
  | { kind: 'empty' }
  | { kind: 'private-key' }
  | { kind: 'too-large' }
  | { kind: 'text'; text: string };

export const MAX_CERTIFICATE_BYTES = 64 * 1024;

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const OCTET_STRING = 0x04;

/** True for any text that holds a private key: PEM of every kind, also broken or mixed with a certificate, or bare base64. */
export function holdsPrivateKey(input: string): boolean {
  // Spaces and line breaks inside the marker are taken out, as mail and chat programs put them in.
  const squeezed = input.replace(/[\s\u00a0\u200b]+/g, '').toUpperCase();
  if (squeezed.includes('PRIVATEKEY') || squeezed.includes('PUTTY-USER-KEY-FILE')) return true;
  const bytes = decodeBareBase64(input);
  return bytes !== null && isPrivateKeyDer(bytes);
}

/**
 * PKCS#8, PKCS#1, SEC 1 and PKCS#12 all open with SEQUENCE, INTEGER (their version); encrypted PKCS#8 is
 * SEQUENCE, SEQUENCE, OCTET STRING. A certificate is SEQUENCE, SEQUENCE, SEQUENCE, BIT STRING.
 */
export function isPrivateKeyDer(bytes: Uint8Array): boolean {
  const outer = header(bytes, 0);
  if (outer?.tag !== SEQUENCE) return false;
  const first = header(bytes, outer.content);
  if (first?.tag === INTEGER) return true;
  if (first?.tag !== SEQUENCE) return false;
  return bytes[first.content + first.length] === OCTET_STRING;
}

function header(bytes: Uint8Array, at: number): { tag: number; length: number; content: number } | null {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) return null;
  if (first < 0x80) return { tag, length: first, content: at + 2 };
  const count = first & 0x7f;
  if (count === 0 || count > 4) return null;
  let length = 0;
  for (let i = 0; i < count; i++) length = length * 256 + (bytes[at + 2 + i] ?? 0);
  return { tag, length, content: at + 2 + count };
}

function decodeBareBase64(input: string): Uint8Array | null {
  const squeezed = input.replace(/\s+/g, '');
  if (squeezed.length < 32 || !/^[A-Za-z0-9+/]+={0,2}$/.test(squeezed)) return null;
  try {
    return Uint8Array.from(atob(squeezed), (char) => char.charCodeAt(0));
  } catch {
    return null;
  }
}

export function recogniseText(input: string): Recognised {
  if (input.trim() === '') return { kind: 'empty' };
  if (holdsPrivateKey(input)) return { kind: 'private-key' };
  if (input.length > MAX_CERTIFICATE_BYTES) return { kind: 'too-large' };
  return { kind: 'text', text: input };
}

/** A file may be PEM or the binary DER form (.cer, .der); the latter is turned into PEM. */
export function recogniseBytes(bytes: Uint8Array): Recognised {
  if (bytes.length > MAX_CERTIFICATE_BYTES) return { kind: 'too-large' };
  if (bytes[0] === SEQUENCE && bytes.some((byte) => byte > 0x7e)) {
    return isPrivateKeyDer(bytes) ? { kind: 'private-key' } : { kind: 'text', text: pemFromDer(bytes) };
  }
  return recogniseText(new TextDecoder().decode(bytes));
}

export function pemFromDer(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  const lines = btoa(binary).match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

/** Each certificate of a PEM text, in its order; none for a text of another form. */
export const certificatesIn = (text: string): string[] =>
  [...text.matchAll(/-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]*-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g)].map(
    ([pem]) => `${pem}\n`,
  );
