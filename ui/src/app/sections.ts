import { IconBuilding, IconBuildingCommunity, IconPackage, IconTemplate, IconUsers, type IconStack2 } from '@tabler/icons-react';
import { text } from '../text/en/sections';
import { paths } from './paths';
import { administrators, operators } from './roles';

export interface Section {
  path: string;
  label: string;
  Icon: typeof IconStack2;
  /** Who sees it; the server judges each call by itself. */
  roles: readonly string[];
}

/** What the navigation offers above and below the device groups, in its order. */
export const before: readonly Section[] = [{ path: paths.tenants, label: text.tenants, Icon: IconBuilding, roles: operators }];
export const after: readonly Section[] = [
  { path: paths.profiles, label: text.profiles, Icon: IconTemplate, roles: administrators },
  { path: paths.packages, label: text.packages, Icon: IconPackage, roles: administrators },
  { path: paths.customers, label: text.customers, Icon: IconBuildingCommunity, roles: administrators },
  { path: paths.users, label: text.users, Icon: IconUsers, roles: administrators },
];
