import { whole } from '../number';

/** Texts of the device lists and of groups, as far as they are a part of the first load. */
export const filters = {
  state: 'State',
  anyState: 'Any state',
  active: 'Active',
  inactive: 'Inactive',
  never: 'Never connected',
  profile: 'Profile',
  anyProfile: 'Any profile',
  certificate: 'Certificate',
  anyCertificate: 'Any certificate',
  none: 'No certificate',
  valid: 'Valid',
  expiring: (days: number) => (days === 1 ? 'Ends within a day' : `Ends within ${days} days`),
  expired: 'Expired',
} as const;

export const groups = {
  create: 'New device group',
  rename: 'Rename group…',
  share: 'Share group…',
  delete: 'Delete group…',
  find: 'Find a group',
  more: (n: number) => `${whole(n)} more: search for them`,
  customers: 'Groups of customers',
  ofCustomer: (customer: string, group: string) => `${customer}: ${group}`,
} as const;
