import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus, IconRouter, IconSearchOff } from '@tabler/icons-react';
import { lazy, Suspense, useCallback, useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import type { DeviceInfo } from '../../api/types';
import { paths, type DeviceTab } from '../../app/paths';
import { EmptyState } from '../../components/EmptyState';
import { EntityTable } from '../../components/table/EntityTable';
import { ListFrame } from '../../components/table/ListFrame';
import { SearchField } from '../../components/table/SearchField';
import type { ChangeList, ListState } from '../../components/table/useListState';
import type { PagedRows } from '../../components/table/usePagedRows';
import { text } from '../../text/en';
import { deviceColumns, deviceList } from './deviceColumns';
import classes from './DeviceList.module.css';

const AddDeviceDialog = lazy(() => import('./AddDeviceDialog'));
const DeleteDeviceDialog = lazy(() => import('./DeleteDeviceDialog'));

interface Props {
  groupId: string;
  title: string;
  rows: PagedRows<DeviceInfo>;
  state: ListState;
  change: ChangeList;
  openDeviceId: string | undefined;
  /** Query part of the address, kept when a device is opened. */
  tail: string;
}

export function DeviceList({ groupId, title, rows, state, change, openDeviceId, tail }: Props) {
  const [adding, add] = useDisclosure(false);
  const [deleting, setDeleting] = useState<DeviceInfo | null>(null);
  const [, navigate] = useLocation();
  const searching = state.textSearch !== '';
  const addressOf = useCallback(
    (device: DeviceInfo, tab?: DeviceTab) => paths.device(groupId, device.id.id, tab) + tail,
    [groupId, tail],
  );
  const columns = useMemo(() => deviceColumns({ addressOf, onDelete: setDeleting }), [addressOf]);

  return (
    <>
      <ListFrame
        title={title}
        count={searching ? text.list.countFound : text.list.count}
        rows={rows}
        actions={
          <Button leftSection={<IconPlus size={17} />} onClick={add.open}>
            {text.list.add}
          </Button>
        }
        tools={
          <SearchField
            label={text.list.search}
            placeholder={text.list.searchPlaceholder}
            value={state.textSearch}
            onChange={(textSearch) => change({ textSearch }, true)}
          />
        }
        empty={<Nothing state={state} onAdd={add.open} />}
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
        />
      </ListFrame>
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
    </>
  );
}

function Nothing({ state, onAdd }: { state: ListState; onAdd: () => void }) {
  if (state.textSearch !== '') {
    return (
      <EmptyState
        icon={<IconSearchOff size={26} stroke={1.5} />}
        title={text.list.nothingFound(state.textSearch)}
        text={text.list.nothingFoundText}
      />
    );
  }
  return (
    <EmptyState icon={<IconRouter size={26} stroke={1.5} />} title={text.list.emptyTitle} text={text.list.emptyText}>
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
