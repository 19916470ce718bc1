import { Button } from '@mantine/core';
import { IconPlus, IconSearchOff } from '@tabler/icons-react';
import type { QueryKey } from '@tanstack/react-query';
import type { ColumnDef } from '@tanstack/react-table';
import type { ReactNode } from 'react';
import type { ListQuery } from '../../api/people';
import type { Page } from '../../api/types';
import { EmptyState } from '../EmptyState';
import { EntityTable } from './EntityTable';
import { ListFrame } from './ListFrame';
import { SearchField } from './SearchField';
import { useListState, type ListKind } from './useListState';
import { usePagedRows } from './usePagedRows';

export interface ListTexts {
  title: string;
  count: (n: number) => string;
  add: string;
  search: string;
  searchPlaceholder: string;
  emptyTitle: string;
  emptyText: string;
  nothing: (search: string) => string;
}

interface Props<T> {
  texts: ListTexts;
  /** Below the sentence that nothing was found. */
  nothingText: string;
  kind: ListKind;
  queryKey: QueryKey;
  fetchPage: (query: ListQuery, signal: AbortSignal) => Promise<Page<T>>;
  columns: ColumnDef<T>[];
  idOf: (row: T) => string;
  nameOf: (row: T) => string;
  addressOf?: (row: T) => string;
  icon: ReactNode;
  /** Without: nobody adds here. */
  onAdd?: () => void;
}

/** A list page of the common kind: search, sort, add, open. */
export function EntityList<T>({ texts, kind, queryKey, fetchPage, columns, icon, onAdd, nothingText, ...table }: Props<T>) {
  const [state, change] = useListState(kind);
  const { textSearch, sortProperty, sortOrder } = state;
  const rows = usePagedRows<T>({
    queryKey: [...queryKey, 'list', state],
    fetchPage: (page, pageSize, signal) => fetchPage({ page, pageSize, textSearch, sortProperty, sortOrder }, signal),
  });
  const add = onAdd && (
    <Button leftSection={<IconPlus size={17} />} onClick={onAdd}>
      {texts.add}
    </Button>
  );
  const empty =
    textSearch !== '' ? (
      <EmptyState icon={<IconSearchOff size={26} stroke={1.5} />} title={texts.nothing(textSearch)} text={nothingText} />
    ) : (
      <EmptyState icon={icon} title={texts.emptyTitle} text={texts.emptyText}>
        {add}
      </EmptyState>
    );
  return (
    <ListFrame
      title={texts.title}
      count={texts.count}
      rows={rows}
      actions={add}
      tools={
        <SearchField
          label={texts.search}
          placeholder={texts.searchPlaceholder}
          value={textSearch}
          onChange={(next) => change({ textSearch: next }, true)}
        />
      }
      empty={empty}
    >
      <EntityTable label={texts.title} columns={columns} rows={rows} kind={kind} state={state} change={change} {...table} />
    </ListFrame>
  );
}
