import { createPrivateKey, sign, X509Certificate } from 'node:crypto';
import { makeIdentity } from './device';

/** Self-signed certificates of one key, as base64 of DER, each with its own name. */
export function manyCertificates(count: number): string[] {
  const { cert, key } = makeIdentity('device-000000');
  const whole = new X509Certificate(cert).raw;
  const begin = contentOf(whole, 0);
  const body = element(whole, begin);
  const algorithm = element(whole, begin + body.length);
  const secret = createPrivateKey(key);
  const name = Buffer.from('device-000000');
  const places: number[] = [];
  for (let at = body.indexOf(name); at >= 0; at = body.indexOf(name, at + 1)) places.push(at);

  return Array.from({ length: count }, (_, i) => {
    const own = Buffer.from(body);
    for (const at of places) own.write(`device-${String(i).padStart(6, '0')}`, at);
    const signature = Buffer.concat([Buffer.from([0]), sign('sha256', own, secret)]);
    return der(0x30, Buffer.concat([own, algorithm, der(0x03, signature)])).toString('base64');
  });
}

/** Where the content of the DER element at `at` begins, and how long it is. */
function header(bytes: Buffer, at: number): { begin: number; length: number } {
  const first = bytes[at + 1] as number;
  if (first < 0x80) return { begin: at + 2, length: first };
  const size = first & 0x7f;
  return { begin: at + 2 + size, length: bytes.readUIntBE(at + 2, size) };
}

const contentOf = (bytes: Buffer, at: number): number => header(bytes, at).begin;

function element(bytes: Buffer, at: number): Buffer {
  const { begin, length } = header(bytes, at);
  return bytes.subarray(at, begin + length);
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
