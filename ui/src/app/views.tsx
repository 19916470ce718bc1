import { lazy, type ReactNode } from 'react';
import { Redirect } from 'wouter';
import { paths } from './paths';
import { administrators, everybody, managers, operators, type Role } from './roles';

const AuditPage = lazy(() => import('../pages/audit/AuditPage'));
const CustomerPage = lazy(() => import('../pages/people/CustomerPage'));
const CustomersPage = lazy(() => import('../pages/people/CustomersPage'));
const DoorPage = lazy(() => import('../pages/door/DoorPage'));
const GroupPage = lazy(() => import('../pages/group/GroupPage'));
const KeysPage = lazy(() => import('../pages/keys/KeysPage'));
const OverviewPage = lazy(() => import('../pages/overview/OverviewPage'));
const PackagesPage = lazy(() => import('../pages/packages/PackagesPage'));
const ProfilePage = lazy(() => import('../pages/profile/ProfilePage'));
const ProfilesPage = lazy(() => import('../pages/profile/ProfilesPage'));
const SettingsPage = lazy(() => import('../pages/settings/SettingsPage'));
const TenantPage = lazy(() => import('../pages/people/TenantPage'));
const TenantsPage = lazy(() => import('../pages/people/TenantsPage'));
const UsersPage = lazy(() => import('../pages/people/UsersPage'));
const ImportPage = lazy(() => import('../pages/import/ImportPage'));

type Params = Record<string, string | undefined>;

interface View {
  path: string;
  /** Views of one name are one page in several states: going from one to the other keeps what it shows. */
  name?: string;
  /** Who sees it; without: those who have devices. */
  roles?: readonly Role[];
  show: (params: Params) => ReactNode;
}

/** Every view after login, by its address. Each page is a file of its own that is loaded when it is first looked at. */
export const views: View[] = [
  { path: '/', show: () => <Redirect to={paths.home} replace /> },
  { path: paths.home, show: () => <OverviewPage /> },
  { path: '/groups', show: () => <Redirect to={paths.group('all')} replace /> },
  {
    path: '/groups/:groupId/devices/:deviceId/:tab?',
    name: 'group',
    show: ({ groupId = '', deviceId, tab }) => <GroupPage groupId={groupId} deviceId={deviceId} tab={tab} />,
  },
  { path: '/groups/:groupId', name: 'group', show: ({ groupId = '' }) => <GroupPage groupId={groupId} /> },
  { path: paths.profiles, roles: administrators, show: () => <ProfilesPage /> },
  { path: '/profiles/:profileId', roles: administrators, show: ({ profileId = '' }) => <ProfilePage profileId={profileId} /> },
  { path: paths.packages, roles: administrators, show: () => <PackagesPage /> },
  { path: paths.customers, roles: administrators, show: () => <CustomersPage /> },
  {
    path: '/customers/:customerId',
    roles: administrators,
    show: ({ customerId = '' }) => <CustomerPage key={customerId} customerId={customerId} />,
  },
  { path: paths.users, roles: administrators, show: () => <UsersPage /> },
  { path: paths.tenants, roles: operators, show: () => <TenantsPage /> },
  { path: '/tenants/:tenantId', roles: operators, show: ({ tenantId = '' }) => <TenantPage key={tenantId} tenantId={tenantId} /> },
  { path: paths.import, roles: administrators, show: () => <ImportPage /> },
  { path: '/door/:number?', show: ({ number }) => <DoorPage number={number} /> },
  { path: paths.audit, roles: managers, show: () => <AuditPage /> },
  { path: paths.apiKeys, roles: everybody, show: () => <KeysPage /> },
  { path: '/settings/:part?', roles: everybody, show: ({ part }) => <SettingsPage part={part} /> },
];
