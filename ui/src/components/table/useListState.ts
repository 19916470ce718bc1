import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'wouter';
import type { SortOrder } from '../../api/types';

/** What a list is asked for; the names are those of the REST API's pages. */
export interface ListState {
  textSearch: string;
  sortProperty: string;
  sortOrder: SortOrder;
  /** Only those that are set. */
  filters: Readonly<Record<string, string>>;
}

export interface ListKind {
  /** Columns that can be sorted by, each with the order it begins in: names at A, times at the newest. */
  sorts: Readonly<Record<string, SortOrder>>;
  /** The one a list begins with. */
  first: string;
  /** Names of the filters in the address. */
  filters?: readonly string[];
}

export type ChangeList = (change: Partial<ListState>, replace?: boolean) => void;

/** Read a list's state from the address; whatever is not valid falls back to the first view. */
export function readListState(kind: ListKind, search: URLSearchParams): ListState {
  const asked = search.get('sort') ?? '';
  const sortProperty = asked in kind.sorts ? asked : kind.first;
  const order = search.get('order');
  const filters: Record<string, string> = {};
  for (const name of kind.filters ?? []) {
    const value = search.get(name);
    if (value !== null && value !== '') filters[name] = value;
  }
  return {
    textSearch: search.get('q') ?? '',
    sortProperty,
    sortOrder: order === 'ASC' || order === 'DESC' ? order : firstOrder(kind, sortProperty),
    filters,
  };
}

export const firstOrder = (kind: ListKind, property: string): SortOrder => kind.sorts[property] ?? 'ASC';

/** What else `beside` has, such as what is shown of an open entity, stays. */
export function writeListState(kind: ListKind, state: ListState, beside = new URLSearchParams()): URLSearchParams {
  const search = new URLSearchParams(beside);
  ['q', 'sort', 'order', ...(kind.filters ?? [])].forEach((name) => search.delete(name));
  if (state.textSearch !== '') search.set('q', state.textSearch);
  for (const [name, value] of Object.entries(state.filters)) if (value !== '') search.set(name, value);
  if (state.sortProperty !== kind.first || state.sortOrder !== firstOrder(kind, kind.first)) {
    search.set('sort', state.sortProperty);
    search.set('order', state.sortOrder);
  }
  return search;
}

/** The list's state lives in the address, so that links, reload and the back button keep it. `kind` is a constant. */
export function useListState(kind: ListKind): [ListState, ChangeList] {
  const [search, setSearch] = useSearchParams();
  const state = useMemo(() => readListState(kind, search), [kind, search]);
  const change = useCallback<ChangeList>(
    (part, replace = false) => setSearch((now) => writeListState(kind, { ...readListState(kind, now), ...part }, now), { replace }),
    [kind, setSearch],
  );
  return [state, change];
}
