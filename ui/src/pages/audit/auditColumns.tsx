import { UnstyledButton } from '@mantine/core';
import type { ColumnDef } from '@tanstack/react-table';
import type { AuditLog } from '../../api/audit';
import type { ListKind } from '../../components/table/useListState';
import { operations } from '../../text/en/operations';
import { dateTime, exact } from '../../text/time';
import classes from './auditColumns.module.css';

const text = operations.audit;

export const auditList: ListKind = { sorts: { createdTime: 'DESC' }, first: 'createdTime', filters: ['user', 'action', 'from', 'to'] };

/** CREDENTIALS_UPDATED -> Credentials updated */
export function actionName(action: string): string {
  const words = action.toLowerCase().replace(/_/g, ' ').replace(/\brpc\b/, 'RPC');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export const entityOf = (entry: AuditLog): string => entry.entityName ?? entry.entityId?.id ?? '';

export const auditColumns = (onOpen: (entry: AuditLog) => void): ColumnDef<AuditLog>[] => [
  {
    id: 'action',
    header: text.action,
    meta: { width: 'minmax(0, 2fr)' },
    cell: ({ row: { original: entry } }) => (
      <>
        <UnstyledButton className={classes.open} onClick={() => onOpen(entry)} aria-label={text.detailsOf(`${actionName(entry.actionType)} ${entityOf(entry)}`)}>
          {actionName(entry.actionType)}
        </UnstyledButton>
        <span className={classes.more}>
          {entry.actionStatus === 'FAILURE' && <b className={classes.narrow}>{text.failure} · </b>}
          {[entry.entityId && kindOf(entry.entityId.entityType), entityOf(entry)].filter(Boolean).join(' ')}
        </span>
      </>
    ),
  },
  {
    id: 'user',
    header: text.user,
    meta: { width: 'minmax(0, 1.6fr)', from: 460 },
    cell: ({ row: { original: entry } }) => (
      <>
        <span title={entry.userName ?? ''}>{entry.userName ?? text.nobody}</span>
        <span className={classes.more}>{entry.address}</span>
      </>
    ),
  },
  {
    id: 'status',
    header: text.status,
    meta: { width: '100px', from: 680 },
    cell: ({ row: { original: entry } }) => (
      <span className={classes.status} data-failed={entry.actionStatus === 'FAILURE' || undefined} title={entry.actionFailureDetails ?? ''}>
        {entry.actionStatus === 'FAILURE' ? text.failure : text.success}
      </span>
    ),
  },
  {
    id: 'createdTime',
    header: text.time,
    meta: { width: '150px' },
    cell: ({ row: { original: entry } }) => (
      <time dateTime={new Date(entry.createdTime).toISOString()} title={exact(entry.createdTime)}>
        {dateTime(entry.createdTime)}
      </time>
    ),
  },
];

/** DEVICE_PROFILE -> device profile */
const kindOf = (entityType: string): string => entityType.toLowerCase().replace(/_/g, ' ');
