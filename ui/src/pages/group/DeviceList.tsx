import { Button, Select, Skeleton, Title, VisuallyHidden } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus, IconRouter, IconSearchOff } from '@tabler/icons-react';
import type { UseQueryResult } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { useLocation } from 'wouter';
import type { Device, Page } from '../../api/types';
import { paths } from '../../app/paths';
import { EmptyState } from '../../components/EmptyState';
import { ErrorNote } from '../../components/ErrorNote';
import { text } from '../../text/en';
import classes from './DeviceList.module.css';
import { DeviceTable } from './DeviceTable';
import { Pager } from './Pager';
import { SearchField } from './SearchField';
import type { ListQuery, SortProperty } from './useListQuery';

const AddDeviceDialog = lazy(() => import('./AddDeviceDialog'));
const DeleteDeviceDialog = lazy(() => import('./DeleteDeviceDialog'));

interface Props {
  groupId: string;
  title: string;
  list: UseQueryResult<Page<Device>>;
  query: ListQuery;
  changeQuery: (change: Partial<ListQuery>, replace?: boolean) => void;
  openDeviceId: string | undefined;
  /** Query part of the address, kept when a device is opened. */
  tail: string;
}

export function DeviceList({ groupId, title, list, query, changeQuery, openDeviceId, tail }: Props) {
  const [adding, add] = useDisclosure(false);
  const [deleting, setDeleting] = useState<Device | null>(null);
  const [, navigate] = useLocation();
  const page = list.data;
  const searching = query.textSearch !== '';

  return (
    <section aria-labelledby="list-title">
      <div className={classes.head}>
        <div className={classes.heading}>
          <Title order={1} id="list-title" className={classes.title}>
            {title === '' ? <Skeleton height={24} width={90} /> : title}
          </Title>
          <span className={classes.count} role="status">
            {page && (searching ? text.list.countFound : text.list.count)(page.totalElements)}
          </span>
        </div>
        <Button leftSection={<IconPlus size={17} />} onClick={add.open}>
          {text.list.add}
        </Button>
      </div>

      <div className={classes.frame}>
        <div className={classes.tools}>
          <SearchField value={query.textSearch} onChange={(textSearch) => changeQuery({ textSearch }, true)} />
          <SortSelect query={query} changeQuery={changeQuery} />
        </div>
        {list.error !== null && !page ? (
          <div className={classes.note}>
            <ErrorNote error={list.error} onRetry={() => void list.refetch()} />
          </div>
        ) : !page ? (
          <Waiting />
        ) : page.data.length > 0 ? (
          <>
            <DeviceTable
              groupId={groupId}
              devices={page.data}
              query={query}
              changeQuery={changeQuery}
              openDeviceId={openDeviceId}
              tail={tail}
              onDelete={setDeleting}
              fading={list.isPlaceholderData}
            />
            <Pager page={page} query={query} changeQuery={changeQuery} />
          </>
        ) : (
          <Nothing query={query} changeQuery={changeQuery} total={page.totalElements} onAdd={add.open} />
        )}
      </div>

      <Suspense fallback={null}>
        {adding && (
          <AddDeviceDialog
            onClose={add.close}
            onAdded={(device) => navigate(paths.device(groupId, device.id.id, 'connectivity') + tail)}
          />
        )}
        {deleting && (
          <DeleteDeviceDialog
            device={deleting}
            onClose={() => setDeleting(null)}
            onDeleted={() => {
              if (deleting.id.id === openDeviceId) navigate(paths.group(groupId) + tail);
            }}
          />
        )}
      </Suspense>
    </section>
  );
}

/** On narrow lists, where the table's heads are not shown. */
function SortSelect({ query, changeQuery }: Pick<Props, 'query' | 'changeQuery'>) {
  return (
    <Select
      className={classes.sort}
      aria-label={text.list.sort}
      data={Object.entries(text.list.sortOptions).map(([value, label]) => ({ value, label }))}
      value={`${query.sortProperty}-${query.sortOrder}`}
      allowDeselect={false}
      onChange={(value) => {
        const [sortProperty, sortOrder] = (value ?? '').split('-') as [SortProperty, 'ASC' | 'DESC'];
        changeQuery({ sortProperty, sortOrder });
      }}
    />
  );
}

function Waiting() {
  return (
    <div className={classes.waiting} aria-busy>
      <VisuallyHidden>{text.shell.loading}</VisuallyHidden>
      {[0, 1, 2, 3, 4].map((row) => (
        <Skeleton key={row} height={18} width={`${78 - row * 9}%`} />
      ))}
    </div>
  );
}

interface NothingProps extends Pick<Props, 'query' | 'changeQuery'> {
  total: number;
  onAdd: () => void;
}

function Nothing({ query, changeQuery, total, onAdd }: NothingProps) {
  if (total > 0) {
    return (
      <EmptyState title={text.list.pageBeyond}>
        <Button variant="default" onClick={() => changeQuery({ page: 0 })}>
          {text.list.firstPage}
        </Button>
      </EmptyState>
    );
  }
  if (query.textSearch !== '') {
    return (
      <EmptyState
        icon={<IconSearchOff size={28} stroke={1.5} />}
        title={text.list.nothingFound(query.textSearch)}
        text={text.list.nothingFoundText}
      >
        <Button variant="default" onClick={() => changeQuery({ textSearch: '' })}>
          {text.list.clearSearch}
        </Button>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={<IconRouter size={28} stroke={1.5} />} title={text.list.emptyTitle} text={text.list.emptyText}>
      <ol className={classes.steps}>
        {text.list.emptySteps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <Button leftSection={<IconPlus size={17} />} onClick={onAdd}>
        {text.list.emptyAction}
      </Button>
    </EmptyState>
  );
}
