import { expect, it } from 'vitest';
import { commonName, hostOf, nameOf } from './refusalNames';

it.each([
  ['CN=pump 7, O=Works', 'pump 7'],
  ['O=Works,CN=pump\\, 7', 'pump, 7'],
  ['/C=DE/CN=pump', 'pump'],
  ['O=Works', 'O=Works'],
  ['XCN=no', 'XCN=no'],
])('reads the common name of %s', (subject, name) => expect(commonName(subject)).toBe(name));

it('names the device before what it says of itself', () => {
  expect(nameOf({ deviceName: 'a', subject: 'CN=b' })).toBe('a');
  expect(nameOf({ subject: 'CN=b', clientId: 'c' })).toBe('b');
  expect(nameOf({ clientId: 'c' })).toBe('c');
  expect(nameOf({})).toBe('no certificate');
});

it('leaves the port out', () => {
  expect(hostOf({ address: '10.0.0.1:5000' })).toBe('10.0.0.1');
  expect(hostOf({ address: '[::1]:5000' })).toBe('::1');
});
