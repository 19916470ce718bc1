import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holdsPrivateKey, isPrivateKeyDer, MAX_CERTIFICATE_BYTES, pemFromDer, recogniseBytes, recogniseText } from './pem';

let dir: string;
const file = (name: string): Buffer => readFileSync(join(dir, name));
const openssl = (...args: string[]): void => {
  execFileSync('openssl', args, { cwd: dir, stdio: 'ignore' });
};

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'postern-pem-'));
  const request = ['req', '-x509', '-nodes', '-days', '30', '-subj', '/CN=d'];
  openssl(...request, '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-keyout', 'ec.key', '-out', 'ec.crt');
  openssl(...request, '-newkey', 'rsa:2048', '-keyout', 'rsa.key', '-out', 'rsa.crt');
  openssl('x509', '-in', 'ec.crt', '-outform', 'DER', '-out', 'ec.der');
  openssl('x509', '-in', 'rsa.crt', '-outform', 'DER', '-out', 'rsa.der');
  openssl('ec', '-in', 'ec.key', '-out', 'sec1.key');
  openssl('ec', '-in', 'ec.key', '-outform', 'DER', '-out', 'sec1.key.der');
  openssl('rsa', '-in', 'rsa.key', '-traditional', '-out', 'pkcs1.key');
  openssl('rsa', '-in', 'rsa.key', '-traditional', '-outform', 'DER', '-out', 'pkcs1.key.der');
  openssl('pkcs8', '-topk8', '-nocrypt', '-in', 'rsa.key', '-outform', 'DER', '-out', 'pkcs8.key.der');
  openssl('pkcs8', '-topk8', '-passout', 'pass:x', '-in', 'ec.key', '-out', 'encrypted.key');
  openssl('pkcs8', '-topk8', '-passout', 'pass:x', '-in', 'ec.key', '-outform', 'DER', '-out', 'encrypted.key.der');
  openssl('pkcs12', '-export', '-passout', 'pass:x', '-inkey', 'ec.key', '-in', 'ec.crt', '-out', 'both.p12');
  openssl('pkey', '-in', 'rsa.key', '-pubout', '-outform', 'DER', '-out', 'public.der');
}, 30_000);

afterAll(() => rmSync(dir, { recursive: true }));

describe('a private key', () => {
  const pemNames = ['ec.key', 'rsa.key', 'sec1.key', 'pkcs1.key', 'encrypted.key'];
  const derNames = ['sec1.key.der', 'pkcs1.key.der', 'pkcs8.key.der', 'encrypted.key.der', 'both.p12'];

  it.each(pemNames)('is recognised as PEM: %s', (name) => {
    expect(recogniseText(file(name).toString())).toEqual({ kind: 'private-key' });
    expect(recogniseBytes(file(name))).toEqual({ kind: 'private-key' });
  });

  it.each(derNames)('is recognised as a binary file: %s', (name) => {
    expect(recogniseBytes(file(name))).toEqual({ kind: 'private-key' });
  });

  it.each(derNames)('is recognised as bare base64: %s', (name) => {
    expect(holdsPrivateKey(file(name).toString('base64'))).toBe(true);
  });

  it('is recognised next to a certificate, in any case, broken over lines, and half cut off', () => {
    const key = file('ec.key').toString();
    expect(holdsPrivateKey(file('ec.crt').toString() + key)).toBe(true);
    expect(holdsPrivateKey(key.toLowerCase())).toBe(true);
    expect(holdsPrivateKey(key.replace('PRIVATE KEY', 'PRIVATE\n KEY'))).toBe(true);
    expect(holdsPrivateKey(key.slice(0, 60))).toBe(true);
    expect(holdsPrivateKey(`${file('ec.crt').toString()}${'x'.repeat(MAX_CERTIFICATE_BYTES)}${key}`)).toBe(true);
  });
});

describe('a certificate', () => {
  it.each(['ec', 'rsa'])('is taken as PEM, bare base64 and DER: %s', (name) => {
    const pem = file(`${name}.crt`).toString();
    expect(recogniseText(pem)).toEqual({ kind: 'text', text: pem });
    expect(recogniseText(file(`${name}.der`).toString('base64')).kind).toBe('text');
    expect(recogniseBytes(file(`${name}.der`))).toEqual({ kind: 'text', text: pem });
  });

  it('keeps its bytes when a DER file becomes PEM', () => {
    expect(pemFromDer(file('rsa.der'))).toBe(file('rsa.crt').toString());
  });
});

describe('anything else', () => {
  it('is left to the server to judge, unless it is empty or far too large', () => {
    expect(recogniseText(' \n')).toEqual({ kind: 'empty' });
    expect(recogniseText('hello').kind).toBe('text');
    expect(recogniseText('a'.repeat(MAX_CERTIFICATE_BYTES + 1))).toEqual({ kind: 'too-large' });
    expect(recogniseBytes(new Uint8Array(MAX_CERTIFICATE_BYTES + 1))).toEqual({ kind: 'too-large' });
  });

  it('is not called a private key: a public key, cut or empty DER', () => {
    expect(isPrivateKeyDer(file('public.der'))).toBe(false);
    for (const bytes of [[], [0x30], [0x30, 0x84], [0x30, 0x80, 0x02], [0x30, 0xff, 1, 1]]) {
      expect(isPrivateKeyDer(Uint8Array.from(bytes))).toBe(false);
    }
  });
});
