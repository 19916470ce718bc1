import { ActionIcon, Menu, UnstyledButton } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconCertificate, IconDots, IconPlugConnected, IconTrash } from '@tabler/icons-react';
import type { MouseEvent } from 'react';
import { Link, useLocation } from 'wouter';
import type { Device } from '../../api/types';
import { paths } from '../../app/paths';
import { ActiveMark } from '../../components/ActiveMark';
import { TimeAgo } from '../../components/TimeAgo';
import { text } from '../../text/en';
import { dateTime, exact } from '../../text/time';
import classes from './DeviceTable.module.css';
import { firstOrder, type ListQuery, type SortProperty } from './useListQuery';

interface Props {
  groupId: string;
  devices: Device[];
  query: ListQuery;
  changeQuery: (change: Partial<ListQuery>) => void;
  openDeviceId: string | undefined;
  tail: string;
  onDelete: (device: Device) => void;
  /** The rows are those of the page before, the wanted ones are on their way. */
  fading: boolean;
}

/** A table where there is room, rows of two lines where there is not; the same elements in both. */
export function DeviceTable({ groupId, devices, query, changeQuery, openDeviceId, tail, onDelete, fading }: Props) {
  const head = { query, changeQuery };
  return (
    <table className={classes.table} data-fading={fading || undefined}>
      <thead>
        <tr>
          <SortHead {...head} property="name" label={text.list.name} />
          <th scope="col">{text.list.state}</th>
          <th scope="col">{text.list.lastActivity}</th>
          <SortHead {...head} property="type" label={text.list.type} />
          <SortHead {...head} property="createdTime" label={text.list.created} />
          <th scope="col" aria-label={text.list.actions} />
        </tr>
      </thead>
      <tbody>
        {devices.map((device) => (
          <Row
            key={device.id.id}
            device={device}
            groupId={groupId}
            open={device.id.id === openDeviceId}
            tail={tail}
            onDelete={onDelete}
          />
        ))}
      </tbody>
    </table>
  );
}

interface SortHeadProps extends Pick<Props, 'query' | 'changeQuery'> {
  property: SortProperty;
  label: string;
}

function SortHead({ query, changeQuery, property, label }: SortHeadProps) {
  const current = query.sortProperty === property;
  const ascending = query.sortOrder === 'ASC';
  const Icon = ascending ? IconArrowUp : IconArrowDown;
  const turn = () => {
    const sortOrder = current ? (ascending ? 'DESC' : 'ASC') : firstOrder(property);
    changeQuery({ sortProperty: property, sortOrder });
  };
  return (
    <th scope="col" aria-sort={current ? (ascending ? 'ascending' : 'descending') : 'none'}>
      <UnstyledButton className={classes.sort} onClick={turn}>
        {label}
        <Icon size={14} aria-hidden className={classes.arrow} data-current={current || undefined} />
      </UnstyledButton>
    </th>
  );
}

interface RowProps extends Pick<Props, 'groupId' | 'tail' | 'onDelete'> {
  device: Device;
  open: boolean;
}

function Row({ device, groupId, open, tail, onDelete }: RowProps) {
  const [, navigate] = useLocation();
  const id = device.id.id;
  const address = paths.device(groupId, id) + tail;

  // The whole row opens the device for the mouse; the keyboard has the link.
  const onClick = (event: MouseEvent) => {
    const target = event.target as Element;
    if (target.closest('a, button') || window.getSelection()?.toString()) return;
    navigate(address);
  };

  return (
    <tr className={classes.row} onClick={onClick} data-open={open || undefined}>
      <td className={classes.nameCell}>
        <Link id={`device-${id}`} href={address} className={classes.name} aria-current={open ? 'true' : undefined}>
          {device.name}
        </Link>
        {device.label ? <span className={classes.label}>{device.label}</span> : null}
      </td>
      <td className={classes.stateCell}>
        <ActiveMark active={device.active} lastActivityTime={device.lastActivityTime} />
      </td>
      <td className={classes.activityCell}>{device.lastActivityTime ? <TimeAgo ts={device.lastActivityTime} /> : '–'}</td>
      <td className={classes.typeCell}>{device.type}</td>
      <td className={classes.createdCell}>
        <time dateTime={new Date(device.createdTime).toISOString()} title={exact(device.createdTime)}>
          {dateTime(device.createdTime)}
        </time>
      </td>
      <td className={classes.menuCell}>
        <Menu width={210}>
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={text.list.rowActions(device.name)}>
              <IconDots size={17} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              leftSection={<IconCertificate size={16} stroke={1.7} />}
              onClick={() => navigate(paths.device(groupId, id, 'credentials') + tail)}
            >
              {text.list.credentials}
            </Menu.Item>
            <Menu.Item
              leftSection={<IconPlugConnected size={16} stroke={1.7} />}
              onClick={() => navigate(paths.device(groupId, id, 'connectivity') + tail)}
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
      </td>
    </tr>
  );
}
