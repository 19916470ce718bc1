import { expect, it } from 'vitest';
import { sectionsOf, valueOf } from './settingValues';

it.each([
  [{ value: 262144, unit: 'bytes' }, '256 KiB'],
  [{ value: 1025, unit: 'bytes' }, '1,025 bytes'],
  [{ value: 86400, unit: 's' }, '86,400 s'],
  [{ value: true, unit: null }, 'on'],
  [{ value: '', unit: null }, 'empty'],
  [{ value: '1.2', unit: null }, '1.2'],
])('says %o', (setting, said) => expect(valueOf(setting)).toBe(said));

it('groups by section and filters by name and help', () => {
  const setting = (name: string, help: string) => ({ name, help, value: 1, unit: null });
  const all = [setting('mqtt.max', 'Largest packet'), setting('http.max', 'Largest body'), setting('mqtt.min', 'other')];
  expect(sectionsOf(all, '').map(([name, list]) => [name, list.length])).toEqual([['mqtt', 2], ['http', 1]]);
  expect(sectionsOf(all, 'BODY').map(([name]) => name)).toEqual(['http']);
});
