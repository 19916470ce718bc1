import { IconCertificate, IconPlugConnected, IconTrash } from '@tabler/icons-react';
import type { ColumnDef } from '@tanstack/react-table';
import { Link, useLocation } from 'wouter';
import type { DeviceInfo } from '../../api/types';
import type { DeviceTab } from '../../app/paths';
import { ActiveMark } from '../../components/ActiveMark';
import { RowMenu, type RowAction } from '../../components/table/RowMenu';
import type { ListKind } from '../../components/table/useListState';
import { TimeAgo } from '../../components/TimeAgo';
import { text } from '../../text/en';
import { dateTime, exact } from '../../text/time';
import classes from './deviceColumns.module.css';
import { FILTERS } from './deviceFilter';

export const deviceList: ListKind = {
  sorts: { name: 'ASC', type: 'ASC', createdTime: 'DESC', lastActivityTime: 'DESC', certificateNotAfter: 'ASC' },
  first: 'createdTime',
  filters: FILTERS,
};

/** As long before its end a certificate is pointed out. */
const EXPIRING = 30 * 86_400_000;

export interface DeviceColumnsProps {
  addressOf: (device: DeviceInfo, tab?: DeviceTab) => string;
  /** Without: the reader may not. */
  onDelete: ((device: DeviceInfo) => void) | undefined;
}

/** The columns of device lists. */
export const deviceColumns = ({ addressOf, onDelete }: DeviceColumnsProps): ColumnDef<DeviceInfo>[] => [
  {
    id: 'name',
    header: text.list.name,
    meta: { width: 'minmax(0, 3fr)' },
    cell: ({ row: { original: device } }) => (
      <>
        <Link id={`device-${device.id.id}`} href={addressOf(device)}>
          {device.name}
        </Link>
        {device.label ? <span className={classes.label}>{device.label}</span> : null}
        <span className={classes.narrowState}>
          <ActiveMark active={device.active} lastActivityTime={device.lastActivityTime} />
        </span>
      </>
    ),
  },
  {
    id: 'state',
    header: text.list.state,
    meta: { width: '150px', from: 440 },
    cell: ({ row: { original: device } }) => <ActiveMark active={device.active} lastActivityTime={device.lastActivityTime} />,
  },
  {
    id: 'lastActivityTime',
    header: text.list.lastActivity,
    meta: { width: '130px', from: 560 },
    cell: ({ row: { original: device } }) => (device.lastActivityTime ? <TimeAgo ts={device.lastActivityTime} /> : '–'),
  },
  {
    id: 'type',
    header: text.list.type,
    meta: { width: 'minmax(0, 1.4fr)', from: 680 },
    cell: ({ row: { original: device } }) => device.type,
  },
  {
    id: 'certificateNotAfter',
    header: text.list.certificate,
    meta: { width: '150px', from: 980 },
    cell: ({ row: { original: device } }) => <CertificateEnd at={device.certificateNotAfter} />,
  },
  {
    id: 'createdTime',
    header: text.list.created,
    meta: { width: '170px', from: 820 },
    cell: ({ row: { original: device } }) => (
      <time dateTime={new Date(device.createdTime).toISOString()} title={exact(device.createdTime)}>
        {dateTime(device.createdTime)}
      </time>
    ),
  },
  {
    id: 'actions',
    header: '',
    meta: { width: '52px', align: 'end', label: text.list.actions },
    cell: ({ row: { original: device } }) => <DeviceMenu device={device} addressOf={addressOf} onDelete={onDelete} />,
  },
];

function CertificateEnd({ at }: { at: number | null | undefined }) {
  if (at === null || at === undefined) return '–';
  const left = at - Date.now();
  return (
    <time
      className={classes.end}
      data-state={left < 0 ? 'expired' : left < EXPIRING ? 'expiring' : undefined}
      dateTime={new Date(at).toISOString()}
      title={exact(at)}
    >
      {left < 0 ? text.filters.expired : dateTime(at)}
    </time>
  );
}

function DeviceMenu({ device, addressOf, onDelete }: DeviceColumnsProps & { device: DeviceInfo }) {
  const [, navigate] = useLocation();
  const actions: RowAction[] = [
    { label: text.list.credentials, icon: <IconCertificate size={16} stroke={1.7} />, run: () => navigate(addressOf(device, 'credentials')) },
    { label: text.list.connectivity, icon: <IconPlugConnected size={16} stroke={1.7} />, run: () => navigate(addressOf(device, 'connectivity')) },
  ];
  if (onDelete) actions.push({ label: text.list.delete, icon: <IconTrash size={16} stroke={1.7} />, run: () => onDelete(device), danger: true });
  return <RowMenu label={text.list.rowActions(device.name)} actions={actions} />;
}
