import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'wouter';
import type { PageQuery, SortOrder } from '../../api/types';

export const sortProperties = ['name', 'type', 'createdTime'] as const;
export type SortProperty = (typeof sortProperties)[number];

export interface ListQuery extends PageQuery {
  textSearch: string;
  sortProperty: SortProperty;
  sortOrder: SortOrder;
}

export const PAGE_SIZES = [20, 50, 100];
const FIRST: ListQuery = { page: 0, pageSize: 20, textSearch: '', sortProperty: 'createdTime', sortOrder: 'DESC' };

/** Read the list's state from the address; whatever is not valid falls back to the first view. */
export function readListQuery(search: URLSearchParams): ListQuery {
  const page = Number(search.get('page') ?? 1) - 1;
  const pageSize = Number(search.get('size') ?? FIRST.pageSize);
  const property = sortProperties.find((name) => name === search.get('sort')) ?? FIRST.sortProperty;
  const order = search.get('order');
  return {
    page: Number.isInteger(page) && page >= 0 ? page : 0,
    pageSize: PAGE_SIZES.includes(pageSize) ? pageSize : FIRST.pageSize,
    textSearch: search.get('q') ?? '',
    sortProperty: property,
    sortOrder: order === 'ASC' || order === 'DESC' ? order : firstOrder(property),
  };
}

/** Names start at A, times at the newest. */
export function firstOrder(property: SortProperty): SortOrder {
  return property === 'createdTime' ? 'DESC' : 'ASC';
}

export function writeListQuery(query: ListQuery): URLSearchParams {
  const search = new URLSearchParams();
  if (query.textSearch !== '') search.set('q', query.textSearch);
  if (query.page > 0) search.set('page', String(query.page + 1));
  if (query.pageSize !== FIRST.pageSize) search.set('size', String(query.pageSize));
  if (query.sortProperty !== FIRST.sortProperty || query.sortOrder !== FIRST.sortOrder) {
    search.set('sort', query.sortProperty);
    search.set('order', query.sortOrder);
  }
  return search;
}

/** The list's state lives in the address, so that links, reload and the back button keep it. */
export function useListQuery(): [ListQuery, (change: Partial<ListQuery>, replace?: boolean) => void] {
  const [search, setSearch] = useSearchParams();
  const query = useMemo(() => readListQuery(search), [search]);
  const change = useCallback(
    (part: Partial<ListQuery>, replace = false) =>
      setSearch((now) => writeListQuery({ ...readListQuery(now), page: 0, ...part }), { replace }),
    [setSearch],
  );
  return [query, change];
}
