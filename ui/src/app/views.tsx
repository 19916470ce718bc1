import type { ReactNode } from 'react';
import { Redirect } from 'wouter';
import { page } from './page';
import { paths } from './paths';
import { administrators, everybody, managers, operators, type Role } from './roles';

const Audit = page(() => import('../pages/audit/AuditPage'));
const Customer = page(() => import('../pages/people/CustomerPage'));
const Customers = page(() => import('../pages/people/CustomersPage'));
const Door = page(() => import('../pages/door/DoorPage'));
const Group = page(() => import('../pages/group/GroupPage'));
const Keys = page(() => import('../pages/keys/KeysPage'));
const Overview = page(() => import('../pages/overview/OverviewPage'));
const Packages = page(() => import('../pages/packages/PackagesPage'));
const Profile = page(() => import('../pages/profile/ProfilePage'));
const Profiles = page(() => import('../pages/profile/ProfilesPage'));
const Settings = page(() => import('../pages/settings/SettingsPage'));
const Tenant = page(() => import('../pages/people/TenantPage'));
const Tenants = page(() => import('../pages/people/TenantsPage'));
const Users = page(() => import('../pages/people/UsersPage'));
const Import = page(() => import('../pages/import/ImportPage'));

type Params = Record<string, string | undefined>;

interface View {
  path: string;
  /** Views of one name are one page in several states: going from one to the other keeps what it shows. */
  name?: string;
  /** Who sees it; without: those who have devices. */
  roles?: readonly Role[];
  /** Fetches the file of its page. */
  load: () => Promise<unknown>;
  show: (params: Params) => ReactNode;
}

/** Every view after login, by its address. Each page is a file of its own that is loaded when it is first looked at. */
export const views: View[] = [
  { path: '/', load: Overview.load, show: () => <Redirect to={paths.home} replace /> },
  { path: paths.home, load: Overview.load, show: () => <Overview.Page /> },
  { path: '/groups', load: Group.load, show: () => <Redirect to={paths.group('all')} replace /> },
  {
    path: '/groups/:groupId/devices/:deviceId/:tab?',
    name: 'group',
    load: Group.load,
    show: ({ groupId = '', deviceId, tab }) => <Group.Page groupId={groupId} deviceId={deviceId} tab={tab} />,
  },
  { path: '/groups/:groupId', name: 'group', load: Group.load, show: ({ groupId = '' }) => <Group.Page groupId={groupId} /> },
  { path: paths.profiles, roles: administrators, load: Profiles.load, show: () => <Profiles.Page /> },
  { path: '/profiles/:profileId', roles: administrators, load: Profile.load, show: ({ profileId = '' }) => <Profile.Page profileId={profileId} /> },
  { path: paths.packages, roles: administrators, load: Packages.load, show: () => <Packages.Page /> },
  { path: paths.customers, roles: administrators, load: Customers.load, show: () => <Customers.Page /> },
  {
    path: '/customers/:customerId',
    roles: administrators,
    load: Customer.load,
    show: ({ customerId = '' }) => <Customer.Page key={customerId} customerId={customerId} />,
  },
  { path: paths.users, roles: administrators, load: Users.load, show: () => <Users.Page /> },
  { path: paths.tenants, roles: operators, load: Tenants.load, show: () => <Tenants.Page /> },
  { path: '/tenants/:tenantId', roles: operators, load: Tenant.load, show: ({ tenantId = '' }) => <Tenant.Page key={tenantId} tenantId={tenantId} /> },
  { path: paths.import, roles: administrators, load: Import.load, show: () => <Import.Page /> },
  { path: '/door/:number?', load: Door.load, show: ({ number }) => <Door.Page number={number} /> },
  { path: paths.audit, roles: managers, load: Audit.load, show: () => <Audit.Page /> },
  { path: paths.apiKeys, roles: everybody, load: Keys.load, show: () => <Keys.Page /> },
  { path: '/settings/:part?', roles: everybody, load: Settings.load, show: ({ part }) => <Settings.Page part={part} /> },
];

/** Fetches the page of an address before anything is shown. Who shows it tells of what goes wrong. */
export async function preload(address: string): Promise<void> {
  const isUnder = ({ path }: View) => `${address}/`.startsWith(`${path.split('/:')[0] as string}/`);
  const found = views.find(({ path }) => path === address) ?? views.find(isUnder);
  await found?.load().catch(() => undefined);
}
