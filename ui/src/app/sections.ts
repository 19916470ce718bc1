import type { IconStack2 } from '@tabler/icons-react';

export interface Section {
  path: string;
  label: string;
  Icon: typeof IconStack2;
  /** Who sees it; the server judges each call by itself. */
  roles: readonly string[];
}

/** What the navigation offers above and below the device groups, in its order. */
export const before: readonly Section[] = [];
export const after: readonly Section[] = [];
