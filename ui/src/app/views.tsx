import { lazy, type ReactNode } from 'react';
import { Redirect } from 'wouter';
import { paths } from './paths';

const GroupPage = lazy(() => import('../pages/group/GroupPage'));

type Params = Record<string, string | undefined>;

interface View {
  path: string;
  show: (params: Params) => ReactNode;
}

/** Every view after login, by its address. Each page is a file of its own that is loaded when it is first looked at. */
export const views: View[] = [
  { path: '/', show: () => <Redirect to={paths.home} replace /> },
  { path: '/groups', show: () => <Redirect to={paths.home} replace /> },
  {
    path: '/groups/:groupId/devices/:deviceId/:tab?',
    show: ({ groupId = '', deviceId, tab }) => <GroupPage groupId={groupId} deviceId={deviceId} tab={tab} />,
  },
  { path: '/groups/:groupId', show: ({ groupId = '' }) => <GroupPage groupId={groupId} /> },
];
