import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconKey, IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useMemo, useState } from 'react';
import { apiKeys, deleteApiKey, enableApiKey, type ApiKey } from '../../api/apiKeys';
import { keys } from '../../app/keys';
import { useUser } from '../../app/session';
import { EmptyState } from '../../components/EmptyState';
import { showError } from '../../components/showError';
import { arrayRows } from '../../components/table/arrayRows';
import { EntityTable } from '../../components/table/EntityTable';
import { ListFrame } from '../../components/table/ListFrame';
import { useListState } from '../../components/table/useListState';
import { useTitle } from '../../components/useTitle';
import { operations } from '../../text/en/operations';
import { keyColumns, keyList } from './keyColumns';

const AddKeyDialog = lazy(() => import('./AddKeyDialog'));
const QuestionDialog = lazy(() => import('../../components/QuestionDialog'));
const text = operations.keys;

/** The caller's own API keys. */
export default function KeysPage() {
  useTitle(text.title);
  const queryClient = useQueryClient();
  const [adding, add] = useDisclosure(false);
  const [deleting, setDeleting] = useState<ApiKey | null>(null);
  const [state, change] = useListState(keyList);
  const user = useUser();
  const userId = user.data?.id.id;
  const query = useQuery({
    queryKey: [...keys.apiKeys, userId],
    queryFn: ({ signal }) => apiKeys(userId as string, signal),
    enabled: userId !== undefined,
  });
  const renew = () => void queryClient.invalidateQueries({ queryKey: keys.apiKeys });
  const { mutate: turn } = useMutation({
    mutationFn: (key: ApiKey) => enableApiKey(key.id.id, !key.enabled),
    onSuccess: (key) => notifications.show({ message: key.enabled ? text.switchedOn(key.description) : text.switchedOff(key.description) }),
    onError: showError,
    onSettled: renew,
  });
  const columns = useMemo(() => keyColumns({ onSwitch: turn, onDelete: setDeleting }), [turn]);

  return (
    <>
      <ListFrame
        title={text.title}
        count={text.count}
        rows={arrayRows(query)}
        actions={
          <Button leftSection={<IconPlus size={17} />} onClick={add.open}>
            {text.add}
          </Button>
        }
        empty={
          <EmptyState icon={<IconKey size={26} stroke={1.5} />} title={text.emptyTitle} text={text.emptyText}>
            <Button leftSection={<IconPlus size={17} />} onClick={add.open}>
              {text.emptyAction}
            </Button>
          </EmptyState>
        }
      >
        <EntityTable
          label={text.title}
          columns={columns}
          rows={arrayRows(query)}
          kind={keyList}
          state={state}
          change={change}
          idOf={(key) => key.id.id}
          nameOf={(key) => key.description}
        />
      </ListFrame>
      <Suspense fallback={null}>
        {adding && <AddKeyDialog onClose={add.close} onMade={renew} />}
        {deleting && (
          <QuestionDialog
            title={text.deleteTitle}
            lead={text.deleteLead(deleting.description)}
            submit={text.delete}
            run={() => deleteApiKey(deleting.id.id)}
            onDone={() => {
              renew();
              notifications.show({ message: text.deleted(deleting.description) });
            }}
            onClose={() => setDeleting(null)}
          />
        )}
      </Suspense>
    </>
  );
}
