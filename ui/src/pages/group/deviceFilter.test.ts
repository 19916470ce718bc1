import { expect, it } from 'vitest';
import { certificateOf, deviceFilter, stateOf, withFilters } from './deviceFilter';

it('reads the choices from an address', () => {
  expect(stateOf({})).toBe('');
  expect(stateOf({ active: 'false' })).toBe('inactive');
  expect(stateOf({ active: 'false', neverConnected: 'true' })).toBe('never');
  expect(certificateOf({ certificate: 'expiring' })).toBe('expiring:30');
  expect(certificateOf({ certificate: 'expiring', expiringDays: '7' })).toBe('expiring:7');
  expect(certificateOf({ expiringDays: '7' })).toBe('');
});

it('replaces some filters and keeps the others', () => {
  const filters = { active: 'false', neverConnected: 'false', certificate: 'none' };
  expect(withFilters(filters, ['active', 'neverConnected'], { neverConnected: 'true' })).toEqual({ certificate: 'none', neverConnected: 'true' });
  expect(withFilters(filters, ['certificate'], {})).toEqual({ active: 'false', neverConnected: 'false' });
});

it('asks for the same devices as the list shows', () => {
  const state = { textSearch: 'x', sortProperty: 'name', sortOrder: 'ASC', filters: { active: 'false', expiringDays: '7', certificate: 'expiring' } } as const;
  expect(deviceFilter('g', state)).toEqual({ entityGroupId: 'g', textSearch: 'x', active: false, expiringDays: 7, certificate: 'expiring' });
});
