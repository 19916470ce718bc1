import {
  IconBuilding,
  IconBuildingCommunity,
  IconDoor,
  IconHistory,
  IconKey,
  IconLayoutDashboard,
  IconPackage,
  IconSettings,
  IconTemplate,
  IconUsers,
  type IconStack2,
} from '@tabler/icons-react';
import { text } from '../text/en/sections';
import { paths } from './paths';
import { administrators, everybody, managers, operators, owners } from './roles';

export interface Section {
  path: string;
  label: string;
  Icon: typeof IconStack2;
  /** Who sees it; the server judges each call by itself. */
  roles: readonly string[];
}

/** What the navigation offers above and below the device groups, in its order. */
export const before: readonly Section[] = [
  { path: paths.home, label: text.overview, Icon: IconLayoutDashboard, roles: owners },
  { path: paths.tenants, label: text.tenants, Icon: IconBuilding, roles: operators },
];
export const after: readonly Section[] = [
  { path: paths.profiles, label: text.profiles, Icon: IconTemplate, roles: administrators },
  { path: paths.packages, label: text.packages, Icon: IconPackage, roles: administrators },
  { path: paths.customers, label: text.customers, Icon: IconBuildingCommunity, roles: administrators },
  { path: paths.users, label: text.users, Icon: IconUsers, roles: administrators },
  { path: paths.door, label: text.door, Icon: IconDoor, roles: owners },
  { path: paths.audit, label: text.audit, Icon: IconHistory, roles: managers },
  { path: paths.apiKeys, label: text.apiKeys, Icon: IconKey, roles: everybody },
  { path: paths.settings, label: text.settings, Icon: IconSettings, roles: everybody },
];
