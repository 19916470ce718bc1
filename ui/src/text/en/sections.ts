/** Names of the sections of people, profiles and packages in the navigation. */
export const text = {
  tenants: 'Tenants',
  profiles: 'Device profiles',
  packages: 'Firmware packages',
  customers: 'Customers',
  users: 'Users',
} as const;
