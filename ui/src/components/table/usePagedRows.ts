import { useQueries, type QueryKey, type UseQueryResult } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Page } from '../../api/types';

/** Rows asked for at once. */
export const PAGE_SIZE = 100;

export interface PagedRows<T> {
  /** How many rows the list has; undefined until the first answer. */
  total: number | undefined;
  /** The row at this place of the list; undefined while it is on its way. */
  row: (index: number) => T | undefined;
  /** Tell which rows are in sight, so that their pages are fetched and kept fresh. */
  show: (first: number, last: number) => void;
  /** The rows are those of the list before; the wanted ones are on their way. */
  isStale: boolean;
  error: Error | null;
  refetch: () => void;
}

interface Options<T> {
  /** Names the list with all that it was asked for. */
  queryKey: QueryKey;
  fetchPage: (page: number, pageSize: number, signal: AbortSignal) => Promise<Page<T>>;
  enabled?: boolean;
  /** Milliseconds between looks at the pages in sight. */
  refetchInterval?: number;
}

interface Found<T> {
  total: number | undefined;
  pages: Record<number, T[]>;
  error: Error | null;
}

/**
 * A long list of which only the pages in sight are fetched, whichever place the reader jumps to.
 * A new list shows the rows of the old one until its own have come.
 */
export function usePagedRows<T>({ queryKey, fetchPage, enabled = true, refetchInterval }: Options<T>): PagedRows<T> {
  const name = JSON.stringify(queryKey);
  const [range, setRange] = useState({ name, first: 0, last: 0 });
  const shown = useRef<Found<T> & { name: string }>({ name, total: undefined, pages: {}, error: null });
  const { first, last } = range.name === name ? range : { first: 0, last: 0 };
  const wanted = Array.from({ length: last - first + 1 }, (_, i) => first + i);

  const combine = useCallback((results: UseQueryResult<Page<T>>[]) => gather(first, results), [first]);
  const found = useQueries({
    queries: wanted.map((page) => ({
      queryKey: [...queryKey, page],
      queryFn: ({ signal }: { signal: AbortSignal }) => fetchPage(page, PAGE_SIZE, signal),
      enabled,
      ...(refetchInterval !== undefined && { refetchInterval }),
    })),
    combine,
  });

  useEffect(() => {
    if (found.total !== undefined) shown.current = { ...found, name };
  }, [found, name]);

  const kept = shown.current;
  const isStale = found.total === undefined && kept.total !== undefined && kept.name !== name;
  const pages = isStale ? kept.pages : found.pages;
  const row = useCallback((index: number) => pages[Math.floor(index / PAGE_SIZE)]?.[index % PAGE_SIZE], [pages]);
  const show = useCallback(
    (from: number, to: number) => {
      const next = { name, first: Math.floor(from / PAGE_SIZE), last: Math.floor(to / PAGE_SIZE) };
      setRange((now) => (now.name === name && now.first === next.first && now.last === next.last ? now : next));
    },
    [name],
  );
  const total = found.total ?? kept.total;
  return { total, row, show, isStale, error: found.error, refetch: found.refetch };
}

function gather<T>(first: number, results: UseQueryResult<Page<T>>[]): Found<T> & { refetch: () => void } {
  const pages: Record<number, T[]> = {};
  let total: number | undefined;
  results.forEach(({ data }, i) => {
    if (data === undefined) return;
    pages[first + i] = data.data;
    total = data.totalElements;
  });
  const error = total === undefined ? (results.find((result) => result.error !== null)?.error ?? null) : null;
  return { total, pages, error, refetch: () => results.forEach((result) => void result.refetch()) };
}
