import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useRef } from 'react';
import { useSearch } from 'wouter';
import { groupDevices } from '../../api/devices';
import { isNotFound } from '../../api/errors';
import { group, groupAll } from '../../api/groups';
import { customer, ownerOf, type Owner } from '../../api/owners';
import type { DeviceQuery, EntityGroupInfo } from '../../api/types';
import { keys } from '../../app/keys';
import { useUser } from '../../app/session';
import { EmptyState } from '../../components/EmptyState';
import { ErrorNote } from '../../components/ErrorNote';
import { PageLoader } from '../../components/PageLoader';
import { useListState, type ListState } from '../../components/table/useListState';
import { usePagedRows } from '../../components/table/usePagedRows';
import { useTitle } from '../../components/useTitle';
import { text } from '../../text/en';
import { deviceList } from './deviceColumns';
import { listFilter } from './deviceFilter';
import { DeviceList } from './DeviceList';
import classes from './GroupPage.module.css';

const DevicePanel = lazy(() => import('../device/DevicePanel'));

interface Props {
  groupId: string;
  deviceId?: string | undefined;
  tab?: string | undefined;
}

/** A group's devices, and beside them the panel of the one that is open. */
export default function GroupPage({ groupId, deviceId, tab }: Props) {
  const found = useGroup(groupId);
  const [state, change] = useListState(deviceList);
  const search = useSearch();
  const tail = search === '' ? '' : `?${search}`;
  const name = useGroupTitle(found.data);
  useTitle(deviceId === undefined ? name : undefined, text.list.title);

  const id = found.data?.id.id;
  const rows = usePagedRows({
    queryKey: keys.list(id ?? '', state),
    fetchPage: (page, pageSize, signal) => groupDevices(id as string, deviceQuery(state, page, pageSize), signal),
    enabled: id !== undefined,
    refetchInterval: 10_000,
  });

  // Closing a device gives the focus back to the row it was opened from.
  const wasOpen = useRef(deviceId);
  useEffect(() => {
    if (wasOpen.current !== undefined && deviceId === undefined) document.getElementById(`device-${wasOpen.current}`)?.focus();
    if (deviceId !== undefined) document.getElementById(`device-${deviceId}`)?.scrollIntoView({ block: 'nearest' });
    wasOpen.current = deviceId;
  }, [deviceId]);

  if (isNotFound(found.error)) return <EmptyState title={text.notFound.group} text={text.notFound.text} />;
  if (found.error !== null && !found.data) {
    return (
      <div className={classes.error}>
        <ErrorNote error={found.error} onRetry={() => void found.refetch()} />
      </div>
    );
  }

  return (
    <div className={classes.root} data-open={deviceId !== undefined || undefined}>
      <div className={classes.list}>
        <DeviceList
          groupId={groupId}
          group={found.data}
          title={name ?? ''}
          rows={rows}
          state={state}
          change={change}
          openDeviceId={deviceId}
          tail={tail}
        />
      </div>
      {deviceId !== undefined && (
        <div className={classes.panel}>
          <Suspense fallback={<PageLoader />}>
            <DevicePanel key={deviceId} groupId={groupId} deviceId={deviceId} tab={tab} tail={tail} />
          </Suspense>
        </div>
      )}
    </div>
  );
}

function deviceQuery(state: ListState, page: number, pageSize: number): DeviceQuery {
  const sortProperty = state.sortProperty as NonNullable<DeviceQuery['sortProperty']>;
  return { ...listFilter(state), page, pageSize, sortProperty, sortOrder: state.sortOrder };
}

/** A customer's group is told from the tenant's by its owner. */
function useGroupTitle(found: EntityGroupInfo | undefined): string | undefined {
  const user = useUser().data;
  const owner = found?.ownerId;
  const isOther = owner?.entityType === 'CUSTOMER' && user?.authority === 'TENANT_ADMIN';
  const { data } = useQuery({
    queryKey: keys.customer(owner?.id ?? ''),
    queryFn: ({ signal }) => customer(owner?.id ?? '', signal),
    enabled: isOther,
    staleTime: 60_000,
  });
  return found && isOther && data ? text.groups.ofCustomer(data.title, found.name) : found?.name;
}

/** "all" in the address stands for the group All of the reader's own, whose id only the server knows. */
function useGroup(groupId: string) {
  const user = useUser();
  const owner = user.data && ownerOf(user.data);
  const isAll = groupId === 'all';
  const query = useQuery({
    queryKey: isAll ? keys.groupAll : keys.group(groupId),
    queryFn: ({ signal }) => (isAll ? groupAll(owner as Owner, signal) : group(groupId, signal)),
    enabled: !isAll || owner !== undefined,
    staleTime: 5 * 60_000,
  });
  const failed = isAll && user.error !== null ? user : query;
  return { data: query.data, error: failed.error, refetch: failed.refetch };
}
