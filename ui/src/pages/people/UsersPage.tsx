import { IconUsers } from '@tabler/icons-react';
import type { ColumnDef } from '@tanstack/react-table';
import { useMemo } from 'react';
import { Link } from 'wouter';
import { users, type User } from '../../api/people';
import { keys } from '../../app/keys';
import { paths } from '../../app/paths';
import { useUser } from '../../app/session';
import { createdColumn } from '../../components/table/createdColumn';
import { EntityList } from '../../components/table/EntityList';
import { RowMenu, type RowAction } from '../../components/table/RowMenu';
import type { ListKind } from '../../components/table/useListState';
import { useTitle } from '../../components/useTitle';
import { text } from '../../text/en/people';
import classes from './people.module.css';
import { useCustomerNames } from './useCustomerNames';
import { useUserActions } from './useUserActions';

const kind: ListKind = { sorts: { email: 'ASC', createdTime: 'DESC' }, first: 'email' };

export default function UsersPage() {
  useTitle(text.users.title);
  const me = useUser().data?.id.id;
  const { actionsOf, add, dialogs } = useUserActions();
  const columns = useMemo(() => userColumns({ me, actionsOf }), [me, actionsOf]);
  return (
    <>
      <EntityList
        texts={text.users}
        nothingText={text.nothingText}
        kind={kind}
        queryKey={keys.users}
        fetchPage={(asked, signal) => users({ kind: 'all' }, asked, signal)}
        columns={columns}
        idOf={(row) => row.id.id}
        nameOf={(row) => row.email}
        icon={<IconUsers size={26} stroke={1.5} />}
        onAdd={() => add({ title: text.users.add, roles: ['TENANT_ADMIN', 'CUSTOMER_USER'] })}
      />
      {dialogs}
    </>
  );
}

interface ColumnProps {
  me: string | undefined;
  actionsOf: (user: User) => RowAction[];
}

const userColumns = ({ me, actionsOf }: ColumnProps): ColumnDef<User>[] => [
  {
    id: 'email',
    header: text.users.email,
    meta: { width: 'minmax(0, 2fr)' },
    cell: ({ row: { original: user } }) => (
      <>
        <strong>{user.email}</strong>
        {user.id.id === me && <span className={classes.you}>{text.users.you}</span>}
        <span className={classes.sub}>{[user.firstName, user.lastName].filter(Boolean).join(' ')}</span>
      </>
    ),
  },
  {
    id: 'authority',
    header: text.users.role,
    meta: { width: 'minmax(0, 1.2fr)', from: 440 },
    cell: ({ row: { original: user } }) => (
      <>
        {text.roles[user.authority]}
        {user.authority === 'CUSTOMER_USER' && <CustomerLink id={user.customerId.id} />}
      </>
    ),
  },
  createdColumn(text.fields.created),
  {
    id: 'actions',
    header: '',
    meta: { width: '52px', align: 'end', label: text.actions },
    cell: ({ row: { original: user } }) => <RowMenu label={text.actionsFor(user.email)} actions={actionsOf(user)} />,
  },
];

function CustomerLink({ id }: { id: string }) {
  const found = useCustomerNames();
  const title = found.data?.data.find((customer) => customer.id.id === id)?.title;
  return (
    <Link className={classes.sub} href={paths.customer(id)}>
      {title ?? text.users.customer}
    </Link>
  );
}
