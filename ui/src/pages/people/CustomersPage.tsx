import { useDisclosure } from '@mantine/hooks';
import { IconBuildingCommunity } from '@tabler/icons-react';
import type { ColumnDef } from '@tanstack/react-table';
import { lazy, Suspense } from 'react';
import { Link, useLocation } from 'wouter';
import { customers, saveCustomer, type Customer } from '../../api/people';
import { keys } from '../../app/keys';
import { paths } from '../../app/paths';
import { createdColumn } from '../../components/table/createdColumn';
import { EntityList } from '../../components/table/EntityList';
import type { ListKind } from '../../components/table/useListState';
import { useTitle } from '../../components/useTitle';
import { text } from '../../text/en/people';

const TitleDialog = lazy(() => import('./TitleDialog'));

const kind: ListKind = { sorts: { title: 'ASC', createdTime: 'DESC' }, first: 'title' };

const columns: ColumnDef<Customer>[] = [
  {
    id: 'title',
    header: text.fields.title,
    meta: { width: 'minmax(0, 2fr)' },
    cell: ({ row: { original } }) => <Link href={paths.customer(original.id.id)}>{original.title}</Link>,
  },
  {
    id: 'place',
    header: text.fields.city,
    meta: { width: 'minmax(0, 1fr)', from: 520 },
    cell: ({ row: { original } }) => [original.city, original.country].filter(Boolean).join(', ') || '–',
  },
  createdColumn(text.fields.created),
];

export default function CustomersPage() {
  useTitle(text.customers.title);
  const [adding, add] = useDisclosure(false);
  const [, navigate] = useLocation();
  return (
    <>
      <EntityList
        texts={text.customers}
        nothingText={text.nothingText}
        kind={kind}
        queryKey={keys.customers}
        fetchPage={customers}
        columns={columns}
        idOf={(row) => row.id.id}
        nameOf={(row) => row.title}
        addressOf={(row) => paths.customer(row.id.id)}
        icon={<IconBuildingCommunity size={26} stroke={1.5} />}
        onAdd={add.open}
      />
      <Suspense fallback={null}>
        {adding && (
          <TitleDialog
            title={text.customers.add}
            listKey={keys.customers}
            save={(title) => saveCustomer({ title })}
            onClose={add.close}
            onAdded={({ id }) => navigate(paths.customer(id.id))}
          />
        )}
      </Suspense>
    </>
  );
}
