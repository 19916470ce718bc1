import { Button } from '@mantine/core';
import { IconDownload, IconFilterOff, IconHistory, IconSearchOff } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useMemo, useState } from 'react';
import { auditLogs, exportAudit, type AuditFilter, type AuditLog } from '../../api/audit';
import { userNames } from '../../api/users';
import { saveFile } from '../../app/files';
import { keys } from '../../app/keys';
import { EmptyState } from '../../components/EmptyState';
import { FilterSelect } from '../../components/FilterSelect';
import { showError } from '../../components/showError';
import { EntityTable } from '../../components/table/EntityTable';
import { ListFrame } from '../../components/table/ListFrame';
import { SearchField } from '../../components/table/SearchField';
import { useListState, type ChangeList, type ListState } from '../../components/table/useListState';
import { usePagedRows } from '../../components/table/usePagedRows';
import { withFilter } from '../../components/table/withFilter';
import { useTitle } from '../../components/useTitle';
import { operations } from '../../text/en/operations';
import { actionName, auditColumns, auditList } from './auditColumns';
import { TimeField } from './TimeField';

const EntryDialog = lazy(() => import('./EntryDialog'));
const text = operations.audit;

/** Who changed what, when and from where. */
export default function AuditPage() {
  useTitle(text.title);
  const [state, change] = useListState(auditList);
  const [open, setOpen] = useState<AuditLog | null>(null);
  const columns = useMemo(() => auditColumns(setOpen), []);
  const filter = filterOf(state);
  const rows = usePagedRows({
    queryKey: [...keys.auditLog, state],
    fetchPage: (page, pageSize, signal) => auditLogs({ ...filter, page, pageSize, sortOrder: state.sortOrder }, signal),
    refetchInterval: 10_000,
  });
  const filtered = state.textSearch !== '' || Object.keys(state.filters).length > 0;

  return (
    <>
      <ListFrame
        title={text.title}
        count={filtered ? text.countFound : text.count}
        rows={rows}
        actions={<Export filter={filter} />}
        tools={<Tools state={state} change={change} filtered={filtered} />}
        empty={
          filtered ? (
            <EmptyState icon={<IconSearchOff size={26} stroke={1.5} />} title={text.nothingFound} text={text.nothingFoundText} />
          ) : (
            <EmptyState icon={<IconHistory size={26} stroke={1.5} />} title={text.emptyTitle} text={text.emptyText} />
          )
        }
      >
        <EntityTable
          label={text.title}
          columns={columns}
          rows={rows}
          kind={auditList}
          state={state}
          change={change}
          idOf={(entry) => entry.id.id}
          nameOf={(entry) => actionName(entry.actionType)}
        />
      </ListFrame>
      <Suspense fallback={null}>{open && <EntryDialog entry={open} onClose={() => setOpen(null)} />}</Suspense>
    </>
  );
}

function filterOf({ textSearch, filters }: ListState): AuditFilter {
  const time = (value: string | undefined) => (value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined);
  return {
    textSearch,
    startTime: time(filters.from),
    endTime: time(filters.to),
    actionTypes: filters.action,
    userId: filters.user,
  };
}

function Export({ filter }: { filter: AuditFilter }) {
  const save = useMutation({
    mutationFn: () => exportAudit(filter),
    onSuccess: (file) => saveFile(file, text.exported),
    onError: showError,
  });
  return (
    <Button variant="default" leftSection={<IconDownload size={17} stroke={1.7} />} loading={save.isPending} onClick={() => save.mutate()}>
      {text.export}
    </Button>
  );
}

function Tools({ state, change, filtered }: { state: ListState; change: ChangeList; filtered: boolean }) {
  const users = useQuery({ queryKey: keys.userNames, queryFn: ({ signal }) => userNames(signal), staleTime: 60_000 });
  const { filters } = state;
  const set = (name: string) => (value: string) => change({ filters: withFilter(filters, name, value) });
  const actions = text.actionNames.map((action) => [action, actionName(action)] as const);
  return (
    <>
      <SearchField
        label={text.search}
        placeholder={text.searchPlaceholder}
        value={state.textSearch}
        onChange={(textSearch) => change({ textSearch }, true)}
      />
      <FilterSelect label={text.filterUser} value={filters.user ?? ''} choices={[['', text.anyUser], ...(users.data ?? [])]} onChange={set('user')} />
      <FilterSelect label={text.filterAction} value={filters.action ?? ''} choices={[['', text.anyAction], ...actions]} onChange={set('action')} />
      <TimeField label={text.from} value={filters.from ?? ''} onChange={set('from')} />
      <TimeField label={text.to} value={filters.to ?? ''} onChange={set('to')} />
      {filtered && (
        <Button variant="subtle" leftSection={<IconFilterOff size={16} stroke={1.7} />} onClick={() => change({ textSearch: '', filters: {} })}>
          {text.clear}
        </Button>
      )}
    </>
  );
}
