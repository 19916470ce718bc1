import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconPackage } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { ColumnDef } from '@tanstack/react-table';
import { lazy, Suspense, useMemo, useState } from 'react';
import { Link } from 'wouter';
import { profiles } from '../../api/deviceProfiles';
import { deletePackage, packageFile, packages, type Package } from '../../api/packages';
import { saveFile } from '../../app/files';
import { keys } from '../../app/keys';
import { paths } from '../../app/paths';
import { copyText } from '../../components/copyText';
import { showError } from '../../components/showError';
import { createdColumn } from '../../components/table/createdColumn';
import { EntityList } from '../../components/table/EntityList';
import { RowMenu } from '../../components/table/RowMenu';
import type { ListKind } from '../../components/table/useListState';
import { useTitle } from '../../components/useTitle';
import { text as confirm } from '../../text/en/confirm';
import { text } from '../../text/en/packages';
import classes from './packages.module.css';

const UploadDialog = lazy(() => import('./UploadDialog'));
const QuestionDialog = lazy(() => import('../../components/QuestionDialog'));

const kind: ListKind = {
  sorts: { title: 'ASC', type: 'ASC', dataSize: 'DESC', createdTime: 'DESC' },
  first: 'createdTime',
};

export default function PackagesPage() {
  useTitle(text.list.title);
  const queryClient = useQueryClient();
  const [uploading, upload] = useDisclosure(false);
  const [deleting, setDeleting] = useState<Package | null>(null);
  const query = { page: 0, pageSize: 100 };
  const found = useQuery({ queryKey: [...keys.allProfiles, 'first'], queryFn: ({ signal }) => profiles(query, signal) });
  const columns = useMemo(
    () => packageColumns(new Map(found.data?.data.map(({ id, name }) => [id.id, name])), setDeleting),
    [found.data],
  );
  return (
    <>
      <EntityList
        texts={text.list}
        nothingText={text.nothingText}
        kind={kind}
        queryKey={keys.packages}
        fetchPage={packages}
        columns={columns}
        idOf={(row) => row.id.id}
        nameOf={nameOf}
        icon={<IconPackage size={26} stroke={1.5} />}
        onAdd={upload.open}
      />
      <Suspense fallback={null}>
        {uploading && <UploadDialog profiles={found.data?.data ?? []} onClose={upload.close} />}
        {deleting && (
          <QuestionDialog
            title={confirm.title(text.one)}
            lead={confirm.lead(nameOf(deleting))}
            effects={text.removeEffects}
            submit={text.remove}
            run={() => deletePackage(deleting.id.id)}
            onClose={() => setDeleting(null)}
            onDone={() => {
              void queryClient.invalidateQueries({ queryKey: keys.packages });
              notifications.show({ message: text.deleted(nameOf(deleting)) });
            }}
          />
        )}
      </Suspense>
    </>
  );
}

const nameOf = ({ title, version }: Package): string => `${title} ${version}`;

function sizeOf({ dataSize, url, hasData }: Package): string {
  if (url !== null) return text.external;
  return hasData && dataSize !== null ? text.bytes(dataSize) : text.incomplete;
}

const packageColumns = (profileNames: Map<string, string>, onDelete: (row: Package) => void): ColumnDef<Package>[] => [
  {
    id: 'title',
    header: text.title,
    meta: { width: 'minmax(0, 2fr)' },
    cell: ({ row: { original } }) => (
      <>
        <strong>{original.title}</strong> {original.version}
        <span className={classes.sub}>{original.fileName ?? original.url}</span>
      </>
    ),
  },
  {
    id: 'type',
    header: text.type,
    meta: { width: '110px', from: 460 },
    cell: ({ row: { original } }) => text.types[original.type],
  },
  {
    id: 'profile',
    header: text.profile,
    meta: { width: 'minmax(0, 1fr)', from: 620 },
    cell: ({ row: { original } }) =>
      original.deviceProfileId ? (
        <Link href={paths.profile(original.deviceProfileId.id)}>{profileNames.get(original.deviceProfileId.id) ?? '…'}</Link>
      ) : (
        '–'
      ),
  },
  {
    id: 'dataSize',
    header: text.size,
    meta: { width: '110px', align: 'end' },
    cell: ({ row: { original } }) => sizeOf(original),
  },
  {
    id: 'checksum',
    header: text.checksum,
    meta: { width: '150px', from: 1000 },
    cell: ({ row: { original } }) => (
      <span className={classes.mono} title={`${original.checksumAlgorithm ?? ''} ${original.checksum ?? ''}`}>
        {original.checksum ?? '–'}
      </span>
    ),
  },
  createdColumn(text.created),
  {
    id: 'actions',
    header: '',
    meta: { width: '52px', align: 'end', label: text.actions },
    cell: ({ row: { original } }) => <RowMenu label={text.actionsFor(nameOf(original))} actions={actionsOf(original, onDelete)} />,
  },
];

const actionsOf = (row: Package, onDelete: (row: Package) => void) => [
  ...(row.hasData ? [{ label: text.download, run: () => void download(row) }] : []),
  ...(row.checksum === null ? [] : [{ label: text.copyChecksum, run: () => void copyChecksum(row.checksum as string) }]),
  { label: text.remove, danger: true, run: () => onDelete(row) },
];

async function copyChecksum(checksum: string): Promise<void> {
  if (await copyText(checksum)) notifications.show({ message: text.copied });
}

async function download(row: Package): Promise<void> {
  try {
    saveFile(await packageFile(row.id.id), row.fileName ?? nameOf(row));
  } catch (error) {
    showError(error);
  }
}
