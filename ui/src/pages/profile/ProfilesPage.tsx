import { notifications } from '@mantine/notifications';
import { IconTemplate } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ColumnDef } from '@tanstack/react-table';
import { lazy, Suspense, useMemo, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { deleteProfile, makeDefault, profiles, type Profile } from '../../api/deviceProfiles';
import { keys } from '../../app/keys';
import { paths } from '../../app/paths';
import { showError } from '../../components/showError';
import { createdColumn } from '../../components/table/createdColumn';
import { EntityList } from '../../components/table/EntityList';
import { RowMenu, type RowAction } from '../../components/table/RowMenu';
import type { ListKind } from '../../components/table/useListState';
import { useTitle } from '../../components/useTitle';
import { text as confirm } from '../../text/en/confirm';
import { text } from '../../text/en/profiles';
import classes from './profile.module.css';

const QuestionDialog = lazy(() => import('../../components/QuestionDialog'));

const kind: ListKind = { sorts: { name: 'ASC', transportType: 'ASC', createdTime: 'DESC' }, first: 'name' };

export default function ProfilesPage() {
  useTitle(text.list.title);
  const [, navigate] = useLocation();
  const queryClient = useQueryClient();
  const [deleting, setDeleting] = useState<Profile | null>(null);
  const changed = () => void queryClient.invalidateQueries({ queryKey: keys.allProfiles });

  const choose = useMutation({
    mutationFn: (profile: Profile) => makeDefault(profile.id.id),
    onSuccess: (profile) => {
      changed();
      queryClient.setQueryData(keys.profile(profile.id.id), profile);
      notifications.show({ message: text.madeDefault(profile.name) });
    },
    onError: showError,
  });
  const { mutate } = choose;
  const shown = useMemo(
    () =>
      columns((profile) => [
        { label: text.makeDefault, run: () => mutate(profile) },
        { label: text.remove, danger: true, run: () => setDeleting(profile) },
      ]),
    [mutate],
  );

  return (
    <>
      <EntityList
        texts={text.list}
        nothingText={text.nothingText}
        kind={kind}
        queryKey={keys.allProfiles}
        fetchPage={profiles}
        columns={shown}
        idOf={(row) => row.id.id}
        nameOf={(row) => row.name}
        addressOf={(row) => paths.profile(row.id.id)}
        icon={<IconTemplate size={26} stroke={1.5} />}
        onAdd={() => navigate(paths.profile('new'))}
      />
      <Suspense fallback={null}>
        {deleting && (
          <QuestionDialog
            title={confirm.title(text.one)}
            lead={confirm.leadAlone(deleting.name)}
            submit={text.remove}
            run={() => deleteProfile(deleting.id.id)}
            onClose={() => setDeleting(null)}
            onDone={() => {
              changed();
              notifications.show({ message: text.deleted(deleting.name) });
            }}
          />
        )}
      </Suspense>
    </>
  );
}

const columns = (actionsOf: (profile: Profile) => RowAction[]): ColumnDef<Profile>[] => [
  {
    id: 'name',
    header: text.name,
    meta: { width: 'minmax(0, 2fr)' },
    cell: ({ row: { original: profile } }) => (
      <>
        <Link href={paths.profile(profile.id.id)}>{profile.name}</Link>
        {profile.default && <span className={classes.tag}>{text.isDefault}</span>}
        {profile.description ? <span className={classes.sub}>{profile.description}</span> : null}
      </>
    ),
  },
  {
    id: 'transportType',
    header: text.transport,
    meta: { width: '140px', from: 560 },
    cell: ({ row: { original: profile } }) => text.transports[profile.transportType],
  },
  {
    id: 'provisionType',
    header: text.provisioning,
    meta: { width: 'minmax(0, 1.4fr)', from: 760 },
    cell: ({ row: { original: profile } }) => text.provision.kinds[profile.provisionType],
  },
  createdColumn(text.created),
  {
    id: 'actions',
    header: '',
    meta: { width: '52px', align: 'end', label: text.actions },
    cell: ({ row: { original: profile } }) =>
      profile.default ? null : <RowMenu label={text.actionsFor(profile.name)} actions={actionsOf(profile)} />,
  },
];
