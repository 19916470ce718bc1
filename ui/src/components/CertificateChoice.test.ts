import { expect, test } from 'vitest';
import { certificatesIn } from '../api/pem';
import { leafOf } from './CertificateChoice';

const view = (subject: string, issuer: string, isCa: boolean) => ({ subject, issuer, isCa });

test('the device’s certificate of a chain, in any order', () => {
  const chain = [view('CN=root', 'CN=root', true), view('CN=device', 'CN=sub', false), view('CN=sub', 'CN=root', true)];
  expect(leafOf(chain)).toBe(1);
  expect(leafOf([...chain].reverse())).toBe(1);
  // "openssl req -x509" marks what it signs with its own key as an authority.
  expect(leafOf([view('CN=a', 'CN=a', true), view('CN=b', 'CN=b', true)])).toBe(0);
  expect(leafOf([null, view('CN=b', 'CN=b', true)])).toBe(1);
  expect(leafOf([null])).toBe(-1);
});

test('certificates of a text', () => {
  const one = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
  expect(certificatesIn(`words\n${one}more${one.replace('MIIB', 'MIIC')}`)).toEqual([one, one.replace('MIIB', 'MIIC')]);
  expect(certificatesIn('-----BEGIN CERTIFICATE-----\nMIIB')).toEqual([]);
});
