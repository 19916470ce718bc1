import type { DeviceFilter } from '../../api/types';
import type { ListState } from '../../components/table/useListState';

/** Filters of device lists, in the address and in the API. */
export const FILTERS = ['deviceProfileId', 'active', 'neverConnected', 'certificate', 'expiringDays'] as const;
export type Filters = ListState['filters'];

export const STATES: Readonly<Record<'active' | 'inactive' | 'never', Filters>> = {
  active: { active: 'true' },
  inactive: { active: 'false', neverConnected: 'false' },
  never: { neverConnected: 'true' },
};

export function stateOf({ active, neverConnected }: Filters): keyof typeof STATES | '' {
  if (neverConnected === 'true') return 'never';
  if (active === undefined) return '';
  return active === 'true' ? 'active' : 'inactive';
}

/** The certificate's state as one choice: "expiring:7". */
export function certificateOf({ certificate, expiringDays }: Filters): string {
  return certificate === 'expiring' ? `expiring:${expiringDays ?? 30}` : (certificate ?? '');
}

/** The filters with some of them replaced; those named without a value are taken out. */
export function withFilters(filters: Filters, names: readonly string[], values: Filters): Filters {
  const kept = Object.entries(filters).filter(([name]) => !names.includes(name));
  return { ...Object.fromEntries(kept), ...values };
}

type ListFilter = Omit<DeviceFilter, 'entityGroupId' | 'customerId'>;

/** What a list is narrowed to, as the API takes it; what is not valid is sent too, so that the server says so. */
export function listFilter({ textSearch, filters }: ListState): ListFilter {
  const asked: Record<string, string | boolean | number> = {};
  if (textSearch !== '') asked.textSearch = textSearch;
  for (const [name, value] of Object.entries(filters)) {
    if (name === 'active' || name === 'neverConnected') asked[name] = value === 'true';
    else if (name === 'expiringDays') asked[name] = Number(value);
    else asked[name] = value;
  }
  return asked;
}

export const deviceFilter = (groupId: string, state: ListState): DeviceFilter => ({ entityGroupId: groupId, ...listFilter(state) });
