/** Names of the sections in the navigation. */
export const text = {
  tenants: 'Tenants',
  profiles: 'Device profiles',
  packages: 'Firmware packages',
  customers: 'Customers',
  users: 'Users',
  overview: 'Overview',
  door: 'Door log',
  audit: 'Audit log',
  apiKeys: 'API keys',
  settings: 'Settings',
} as const;
