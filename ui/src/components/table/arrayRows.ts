import type { UseQueryResult } from '@tanstack/react-query';
import type { PagedRows } from './usePagedRows';

/** Rows of a list that the server answers as a whole. */
export function arrayRows<T>(query: Pick<UseQueryResult<T[]>, 'data' | 'error' | 'refetch'>): PagedRows<T> {
  const { data } = query;
  return {
    total: data?.length,
    row: (index) => data?.[index],
    show: () => undefined,
    isStale: false,
    error: data === undefined ? query.error : null,
    refetch: () => void query.refetch(),
  };
}
