import { ActionIcon, Menu } from '@mantine/core';
import { IconCertificate, IconDots, IconPlugConnected, IconTrash } from '@tabler/icons-react';
import type { ColumnDef } from '@tanstack/react-table';
import { Link, useLocation } from 'wouter';
import type { DeviceInfo } from '../../api/types';
import type { DeviceTab } from '../../app/paths';
import { ActiveMark } from '../../components/ActiveMark';
import type { ListKind } from '../../components/table/useListState';
import { TimeAgo } from '../../components/TimeAgo';
import { text } from '../../text/en';
import { dateTime, exact } from '../../text/time';
import classes from './deviceColumns.module.css';

export const deviceList: ListKind = {
  sorts: { name: 'ASC', type: 'ASC', createdTime: 'DESC' },
  first: 'createdTime',
  filters: ['deviceProfileId', 'active'],
};

export interface DeviceColumnsProps {
  addressOf: (device: DeviceInfo, tab?: DeviceTab) => string;
  onDelete: (device: DeviceInfo) => void;
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
      </>
    ),
  },
  {
    id: 'state',
    header: text.list.state,
    meta: { width: '150px' },
    cell: ({ row: { original: device } }) => <ActiveMark active={device.active} lastActivityTime={device.lastActivityTime} />,
  },
  {
    id: 'lastActivity',
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
    cell: ({ row: { original: device } }) => <RowMenu device={device} addressOf={addressOf} onDelete={onDelete} />,
  },
];

function RowMenu({ device, addressOf, onDelete }: DeviceColumnsProps & { device: DeviceInfo }) {
  const [, navigate] = useLocation();
  return (
    <Menu width={210}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={text.list.rowActions(device.name)}>
          <IconDots size={17} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<IconCertificate size={16} stroke={1.7} />}
          onClick={() => navigate(addressOf(device, 'credentials'))}
        >
          {text.list.credentials}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconPlugConnected size={16} stroke={1.7} />}
          onClick={() => navigate(addressOf(device, 'connectivity'))}
        >
          {text.list.connectivity}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          color="var(--mantine-color-error)"
          leftSection={<IconTrash size={16} stroke={1.7} />}
          onClick={() => onDelete(device)}
        >
          {text.list.delete}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
