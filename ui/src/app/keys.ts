/** Names of what is kept in the query cache. Whoever changes something invalidates by these. */
export const keys = {
  user: ['user'] as const,
  groupAll: ['group', 'all'] as const,
  group: (id: string) => ['group', id] as const,
  groups: ['groups'] as const,
  ownerGroups: (ownerId: string) => ['groups', ownerId] as const,
  shares: (groupId: string) => ['group', groupId, 'shares'] as const,
  profiles: ['profiles', 'names'] as const,
  defaultProfile: ['profiles', 'default'] as const,
  /** All lists of profiles and their names. */
  allProfiles: ['profiles'] as const,
  profile: (id: string) => ['profile', id] as const,
  packages: ['packages'] as const,
  /** Below it: lists by what was searched. */
  customers: ['customers'] as const,
  customer: (id: string) => ['customer', id] as const,
  users: ['users'] as const,
  tenants: ['tenants'] as const,
  tenant: (id: string) => ['tenant', id] as const,
  settings: ['settings'] as const,
  lists: ['devices'] as const,
  /** A page's number comes behind. */
  list: (groupId: string, state: object) => ['devices', groupId, state] as const,
  /** What is kept of all single devices. */
  devices: ['device'] as const,
  device: (id: string) => ['device', id] as const,
  deviceRecord: (id: string) => ['device', id, 'record'] as const,
  credentials: (id: string) => ['device', id, 'credentials'] as const,
  certificate: (id: string) => ['device', id, 'certificate'] as const,
  telemetry: (id: string) => ['device', id, 'telemetry'] as const,
  attributes: (id: string, scope: string) => ['device', id, 'attributes', scope] as const,
  events: (id: string, limit: number) => ['device', id, 'events', limit] as const,
  calls: (id: string) => ['device', id, 'calls'] as const,
  keptCalls: (id: string) => ['device', id, 'kept-calls'] as const,
  firmware: (id: string) => ['device', id, 'firmware'] as const,
  audit: (id: string) => ['device', id, 'audit'] as const,
  connectivity: (id: string) => ['device', id, 'connectivity'] as const,
};
