import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus, IconRouter, IconSearchOff } from '@tabler/icons-react';
import { lazy, Suspense, useCallback, useMemo, useState } from 'react';
import { Link, useLocation } from 'wouter';
import type { DeviceInfo, EntityGroupInfo } from '../../api/types';
import { paths, type DeviceTab } from '../../app/paths';
import { useUser } from '../../app/session';
import { EmptyState } from '../../components/EmptyState';
import { EntityTable } from '../../components/table/EntityTable';
import { ListFrame } from '../../components/table/ListFrame';
import { SearchField } from '../../components/table/SearchField';
import type { ChangeList, ListState } from '../../components/table/useListState';
import type { PagedRows } from '../../components/table/usePagedRows';
import { useSelection } from '../../components/table/useSelection';
import { text } from '../../text/en';
import { deviceColumns, deviceList } from './deviceColumns';
import { deviceFilter } from './deviceFilter';
import classes from './DeviceList.module.css';
import { useExport } from './useExport';

const AddDeviceDialog = lazy(() => import('./AddDeviceDialog'));
const DeleteDeviceDialog = lazy(() => import('./DeleteDeviceDialog'));
const DeviceFilters = lazy(() => import('./DeviceFilters'));
const GroupMenu = lazy(() => import('./GroupMenu'));
const SelectionBar = lazy(() => import('./SelectionBar'));

interface Props {
  groupId: string;
  group: EntityGroupInfo | undefined;
  title: string;
  rows: PagedRows<DeviceInfo>;
  state: ListState;
  change: ChangeList;
  openDeviceId: string | undefined;
  /** Query part of the address, kept when a device is opened. */
  tail: string;
}

export function DeviceList({ groupId, group, title, rows, state, change, openDeviceId, tail }: Props) {
  const [adding, add] = useDisclosure(false);
  const [deleting, setDeleting] = useState<DeviceInfo | null>(null);
  const [, navigate] = useLocation();
  const user = useUser().data;
  const manages = user?.authority === 'TENANT_ADMIN';
  const ownsGroup = group?.ownerId.id === user?.customerId.id;
  const { textSearch, filters } = state;
  const isNarrowed = textSearch !== '' || Object.keys(filters).length > 0;
  const filter = useMemo(() => deviceFilter(group?.id.id ?? '', state), [group?.id.id, state]);
  const selection = useSelection(JSON.stringify(filter));
  const hasChosen = selection.isAll || selection.ids.size > 0;

  const addressOf = useCallback(
    (device: DeviceInfo, tab?: DeviceTab) => paths.device(groupId, device.id.id, tab) + tail,
    [groupId, tail],
  );
  const columns = useMemo(
    () => deviceColumns({ addressOf, onDelete: manages ? setDeleting : undefined }),
    [addressOf, manages],
  );
  const download = useExport();

  return (
    <>
      <ListFrame
        title={title}
        count={isNarrowed ? text.list.countFound : text.list.count}
        rows={rows}
        actions={
          <>
            <Suspense fallback={null}>
              <GroupMenu
                group={group}
                manages={manages}
                ownsGroup={ownsGroup}
                isExporting={download.isPending}
                onExport={() => download.mutate({ filter })}
              />
            </Suspense>
            {manages && (
              <Button leftSection={<IconPlus size={17} />} onClick={add.open}>
                {text.list.add}
              </Button>
            )}
          </>
        }
        tools={
          <>
            <SearchField
              label={text.list.search}
              placeholder={text.list.searchPlaceholder}
              value={textSearch}
              onChange={(found) => change({ textSearch: found }, true)}
            />
            <Suspense fallback={<div className={classes.filters} />}>
              <DeviceFilters filters={filters} onChange={(chosen) => change({ filters: chosen })} />
            </Suspense>
            {manages && hasChosen && group !== undefined && rows.total !== undefined && (
              <Suspense fallback={null}>
                <SelectionBar group={group} selection={selection} total={rows.total} filter={filter} />
              </Suspense>
            )}
          </>
        }
        empty={
          <Nothing
            state={state}
            group={group}
            onAdd={manages ? add.open : undefined}
            onClear={() => change({ textSearch: '', filters: {} })}
          />
        }
      >
        <EntityTable
          label={text.list.title}
          columns={columns}
          rows={rows}
          kind={deviceList}
          state={state}
          change={change}
          idOf={(device) => device.id.id}
          nameOf={(device) => device.name}
          addressOf={addressOf}
          openId={openDeviceId}
          {...(manages && { selection })}
        />
      </ListFrame>
      <Suspense fallback={null}>
        {adding && (
          <AddDeviceDialog
            group={group}
            onClose={add.close}
            onAdded={(device) => navigate(paths.device(groupId, device.id.id, 'connectivity') + tail)}
          />
        )}
        {deleting && (
          <DeleteDeviceDialog
            device={deleting}
            onClose={() => setDeleting(null)}
            onDeleted={() => {
              selection.toggle([deleting.id.id], false);
              if (deleting.id.id === openDeviceId) navigate(paths.group(groupId) + tail);
            }}
          />
        )}
      </Suspense>
    </>
  );
}

interface NothingProps {
  state: ListState;
  group: EntityGroupInfo | undefined;
  onAdd: (() => void) | undefined;
  onClear: () => void;
}

function Nothing({ state: { textSearch, filters }, group, onAdd, onClear }: NothingProps) {
  const isFiltered = Object.keys(filters).length > 0;
  if (textSearch !== '' || isFiltered) {
    return (
      <EmptyState
        icon={<IconSearchOff size={26} stroke={1.5} />}
        title={isFiltered ? text.list.nothingMatches : text.list.nothingFound(textSearch)}
        text={text.list.nothingFoundText}
      >
        {isFiltered && (
          <Button variant="default" onClick={onClear}>
            {text.list.clearFilters}
          </Button>
        )}
      </EmptyState>
    );
  }
  const icon = <IconRouter size={26} stroke={1.5} />;
  if (group?.groupAll === false) {
    return (
      <EmptyState icon={icon} title={text.list.emptyGroupTitle} text={text.list.emptyGroupText}>
        {onAdd && (
          <Button leftSection={<IconPlus size={17} />} onClick={onAdd}>
            {text.list.add}
          </Button>
        )}
      </EmptyState>
    );
  }
  if (onAdd === undefined || group?.ownerId.entityType === 'CUSTOMER') {
    return <EmptyState icon={icon} title={text.list.emptyTitle} text={text.list.emptyCustomerText} />;
  }
  return (
    <EmptyState icon={icon} title={text.list.emptyTitle} text={text.list.emptyText}>
      <ol className={classes.steps}>
        {text.list.emptySteps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <div className={classes.choices}>
        <Button leftSection={<IconPlus size={17} />} onClick={onAdd}>
          {text.list.emptyAction}
        </Button>
        <Button variant="default" component={Link} href={paths.import}>
          {text.list.emptyImport}
        </Button>
      </div>
    </EmptyState>
  );
}
