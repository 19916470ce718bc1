import { useDisclosure } from '@mantine/hooks';
import { IconBuilding } from '@tabler/icons-react';
import type { ColumnDef } from '@tanstack/react-table';
import { lazy, Suspense } from 'react';
import { Link, useLocation } from 'wouter';
import { saveTenant, tenants, type Tenant } from '../../api/people';
import { keys } from '../../app/keys';
import { paths } from '../../app/paths';
import { createdColumn } from '../../components/table/createdColumn';
import { EntityList } from '../../components/table/EntityList';
import type { ListKind } from '../../components/table/useListState';
import { useTitle } from '../../components/useTitle';
import { text } from '../../text/en/people';

const TitleDialog = lazy(() => import('./TitleDialog'));

const kind: ListKind = { sorts: { createdTime: 'DESC' }, first: 'createdTime' };

const columns: ColumnDef<Tenant>[] = [
  {
    id: 'title',
    header: text.fields.title,
    meta: { width: 'minmax(0, 2fr)' },
    cell: ({ row: { original } }) => <Link href={paths.tenant(original.id.id)}>{original.title}</Link>,
  },
  createdColumn(text.fields.created),
];

/** Where the installation's administrator begins. */
export default function TenantsPage() {
  useTitle(text.tenants.title);
  const [adding, add] = useDisclosure(false);
  const [, navigate] = useLocation();
  return (
    <>
      <EntityList
        texts={text.tenants}
        nothingText={text.nothingText}
        kind={kind}
        queryKey={keys.tenants}
        fetchPage={tenants}
        columns={columns}
        idOf={(row) => row.id.id}
        nameOf={(row) => row.title}
        addressOf={(row) => paths.tenant(row.id.id)}
        icon={<IconBuilding size={26} stroke={1.5} />}
        onAdd={add.open}
      />
      <Suspense fallback={null}>
        {adding && (
          <TitleDialog
            title={text.tenants.add}
            listKey={keys.tenants}
            save={(title) => saveTenant({ title })}
            onClose={add.close}
            onAdded={({ id }) => navigate(paths.tenant(id.id))}
          />
        )}
      </Suspense>
    </>
  );
}
