import { Button } from '@mantine/core';
import { IconDoorOff, IconFilterOff, IconSearchOff } from '@tabler/icons-react';
import { lazy, Suspense, useMemo } from 'react';
import { useLocation, useSearch } from 'wouter';
import { refusals, type Refusal } from '../../api/refusals';
import { keys } from '../../app/keys';
import { paths } from '../../app/paths';
import { useUser } from '../../app/session';
import { EmptyState } from '../../components/EmptyState';
import { FilterSelect } from '../../components/FilterSelect';
import { EntityTable } from '../../components/table/EntityTable';
import { ListFrame } from '../../components/table/ListFrame';
import { SearchField } from '../../components/table/SearchField';
import { useListState, type ChangeList, type ListState } from '../../components/table/useListState';
import { usePagedRows } from '../../components/table/usePagedRows';
import { withFilter } from '../../components/table/withFilter';
import { useTitle } from '../../components/useTitle';
import { operations } from '../../text/en/operations';
import { doorColumns, doorList } from './doorColumns';
import { nameOf } from './refusalNames';

const RefusalDialog = lazy(() => import('./RefusalDialog'));
const text = operations.door;

/** Who was not let in and why; with a number in the address, that entry in a dialog above. */
export default function DoorPage({ number }: { number?: string | undefined }) {
  useTitle(text.title);
  const [state, change] = useListState(doorList);
  const search = useSearch();
  const tail = search === '' ? '' : `?${search}`;
  const [, navigate] = useLocation();
  const mayOpen = useUser().data?.authority === 'TENANT_ADMIN';
  const addressOf = (entry: Refusal) => paths.refusal(entry.number) + tail;
  const columns = useMemo(() => doorColumns(mayOpen, tail), [mayOpen, tail]);
  const rows = usePagedRows({
    queryKey: [...keys.refusals, state],
    fetchPage: (page, pageSize, signal) =>
      refusals({ page, pageSize, textSearch: state.textSearch, reason: state.filters.reason, startTime: startOf(state) }, signal),
    refetchInterval: 2_000,
  });
  const filtered = state.textSearch !== '' || Object.keys(state.filters).length > 0;

  return (
    <>
      <ListFrame
        title={text.title}
        count={filtered ? text.countFound : text.count}
        rows={rows}
        tools={<Tools state={state} change={change} filtered={filtered} />}
        empty={<Nothing filtered={filtered} />}
      >
        <EntityTable
          label={text.title}
          columns={columns}
          rows={rows}
          kind={doorList}
          state={state}
          change={change}
          idOf={(entry) => String(entry.number)}
          nameOf={nameOf}
          addressOf={mayOpen ? addressOf : undefined}
          openId={number}
        />
      </ListFrame>
      {number !== undefined && (
        <Suspense fallback={null}>
          <RefusalDialog key={number} number={number} onClose={() => navigate(paths.door + tail)} />
        </Suspense>
      )}
    </>
  );
}

function startOf(state: ListState): number | undefined {
  const length = text.periods.find(([name]) => name === state.filters.time)?.[2];
  return length === undefined ? undefined : Date.now() - length;
}

function Tools({ state, change, filtered }: { state: ListState; change: ChangeList; filtered: boolean }) {
  const { filters } = state;
  const set = (name: string) => (value: string) => change({ filters: withFilter(filters, name, value) });
  return (
    <>
      <SearchField
        label={text.search}
        placeholder={text.searchPlaceholder}
        value={state.textSearch}
        onChange={(textSearch) => change({ textSearch }, true)}
      />
      <FilterSelect label={text.filterReason} value={filters.reason ?? ''} choices={[['', text.anyReason], ...text.reasons]} onChange={set('reason')} />
      <FilterSelect
        label={text.filterTime}
        value={filters.time ?? ''}
        choices={[['', text.anyTime], ...text.periods.map(([name, said]) => [name, said] as const)]}
        onChange={set('time')}
      />
      {filtered && (
        <Button variant="subtle" leftSection={<IconFilterOff size={16} stroke={1.7} />} onClick={() => change({ textSearch: '', filters: {} })}>
          {text.clear}
        </Button>
      )}
    </>
  );
}

function Nothing({ filtered }: { filtered: boolean }) {
  return filtered ? (
    <EmptyState icon={<IconSearchOff size={26} stroke={1.5} />} title={text.nothingFound} text={text.nothingFoundText} />
  ) : (
    <EmptyState icon={<IconDoorOff size={26} stroke={1.5} />} title={text.emptyTitle} text={text.emptyText} />
  );
}
