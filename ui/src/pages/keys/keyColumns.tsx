import { IconPlayerPause, IconPlayerPlay, IconTrash } from '@tabler/icons-react';
import type { ColumnDef } from '@tanstack/react-table';
import type { ApiKey } from '../../api/apiKeys';
import { RowMenu, type RowAction } from '../../components/table/RowMenu';
import type { ListKind } from '../../components/table/useListState';
import { operations } from '../../text/en/operations';
import { date, dateTime, exact } from '../../text/time';
import classes from './keyColumns.module.css';

const text = operations.keys;
export const keyList: ListKind = { sorts: {}, first: 'createdTime' };
const SCOPES = 8;

interface Actions {
  onSwitch: (key: ApiKey) => void;
  onDelete: (key: ApiKey) => void;
}

type State = 'enabled' | 'disabled' | 'expired';
const stateOf = (key: ApiKey): State => (key.expired ? 'expired' : key.enabled ? 'enabled' : 'disabled');

function scopesOf({ scopes }: ApiKey): string {
  return scopes.length === 0 || scopes.length === SCOPES ? text.everything : scopes.join(', ');
}

export const keyColumns = (actions: Actions): ColumnDef<ApiKey>[] => [
  {
    id: 'description',
    header: text.description,
    meta: { width: 'minmax(0, 2fr)' },
    cell: ({ row: { original: key } }) => (
      <>
        <span className={classes.name}>{key.description}</span>
        <span className={classes.more} title={scopesOf(key)}>
          {scopesOf(key)}
        </span>
      </>
    ),
  },
  {
    id: 'state',
    header: text.state,
    meta: { width: '120px' },
    cell: ({ row: { original: key } }) => (
      <span className={classes.state} data-state={stateOf(key)}>
        {text[stateOf(key)]}
      </span>
    ),
  },
  {
    id: 'expirationTime',
    header: text.expires,
    meta: { width: '130px', from: 520 },
    cell: ({ row: { original: key } }) =>
      key.expirationTime > 0 ? <time title={exact(key.expirationTime)}>{date(key.expirationTime)}</time> : text.never,
  },
  {
    id: 'createdTime',
    header: text.created,
    meta: { width: '160px', from: 700 },
    cell: ({ row: { original: key } }) => <time title={exact(key.createdTime)}>{dateTime(key.createdTime)}</time>,
  },
  {
    id: 'actions',
    header: '',
    meta: { width: '52px', align: 'end', label: text.actions },
    cell: ({ row: { original: key } }) => <KeyMenu apiKey={key} {...actions} />,
  },
];

function KeyMenu({ apiKey, onSwitch, onDelete }: Actions & { apiKey: ApiKey }) {
  const Icon = apiKey.enabled ? IconPlayerPause : IconPlayerPlay;
  const actions: RowAction[] = [
    { label: apiKey.enabled ? text.disable : text.enable, icon: <Icon size={16} stroke={1.7} />, run: () => onSwitch(apiKey) },
    { label: text.delete, icon: <IconTrash size={16} stroke={1.7} />, run: () => onDelete(apiKey), danger: true },
  ];
  return <RowMenu label={text.rowActions(apiKey.description)} actions={actions} />;
}
