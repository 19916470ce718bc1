/** Addresses of the views. Everything a view shows that is worth sending to a colleague is in its address. */
export const deviceTabs = [
  'details',
  'credentials',
  'telemetry',
  'charts',
  'attributes',
  'connectivity',
  'rpc',
  'events',
  'firmware',
  'audit',
] as const;
export type DeviceTab = (typeof deviceTabs)[number];

export const paths = {
  login: '/login',
  setPassword: '/set-password',
  import: '/import',
  home: '/overview',
  door: '/door',
  refusal: (number: number | string) => `/door/${encodeURIComponent(number)}`,
  audit: '/audit',
  apiKeys: '/keys',
  settings: '/settings',
  settingsPart: (part: string) => `/settings/${encodeURIComponent(part)}`,
  group: (groupId: string) => `/groups/${encodeURIComponent(groupId)}`,
  device: (groupId: string, deviceId: string, tab: DeviceTab = 'details') =>
    `/groups/${encodeURIComponent(groupId)}/devices/${encodeURIComponent(deviceId)}/${tab}`,
  profiles: '/profiles',
  profile: (profileId: string) => `/profiles/${encodeURIComponent(profileId)}`,
  customers: '/customers',
  customer: (customerId: string) => `/customers/${encodeURIComponent(customerId)}`,
  users: '/users',
  packages: '/packages',
  tenants: '/tenants',
  tenant: (tenantId: string) => `/tenants/${encodeURIComponent(tenantId)}`,
};

export const isDeviceTab = (name: string | undefined): name is DeviceTab =>
  (deviceTabs as readonly (string | undefined)[]).includes(name);

/** Where to go after login: only an address of this page, never one of another site. */
export function safeNext(next: string | null): string {
  return next !== null && /^\/(?![/\\])/.test(next) && !next.startsWith(paths.login) ? next : paths.home;
}
