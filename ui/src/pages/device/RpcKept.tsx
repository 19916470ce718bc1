import { ActionIcon, Button, Menu, NativeSelect } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { deletePersistentCall, persistentCalls, rpcStatuses, type PersistentCall, type RpcStatus } from '../../api/rpc';
import { keys } from '../../app/keys';
import { ErrorNote } from '../../components/ErrorNote';
import { PageLoader } from '../../components/PageLoader';
import { TimeAgo } from '../../components/TimeAgo';
import { deviceText } from '../../text/en/device';
import { dateTime } from '../../text/time';
import { shownJson } from './rpcForm';
import classes from './RpcTab.module.css';
import { Section, Tag } from './Section';
import sectionClasses from './Section.module.css';

const text = deviceText.rpc;
const STEP = 20;
const kinds: Partial<Record<RpcStatus, 'good' | 'bad' | 'warn'>> = {
  SUCCESSFUL: 'good',
  FAILED: 'bad',
  TIMEOUT: 'bad',
  EXPIRED: 'warn',
};

/** Persistent calls as the server keeps them, newest first. */
export function KeptCalls({ deviceId }: { deviceId: string }) {
  const queryClient = useQueryClient();
  const [status, setStatus] = useState<RpcStatus | ''>('');
  const [limit, setLimit] = useState(STEP);
  const kept = useQuery({
    queryKey: [...keys.keptCalls(deviceId), status, limit],
    queryFn: ({ signal }) => persistentCalls(deviceId, status === '' ? undefined : status, limit, signal),
    refetchInterval: 2_000,
    placeholderData: (before) => before,
  });
  const remove = useMutation({
    mutationFn: deletePersistentCall,
    onSettled: () => queryClient.invalidateQueries({ queryKey: keys.keptCalls(deviceId) }),
  });
  const calls = kept.data?.data ?? [];

  return (
    <Section title={text.history} hint={text.historyHint}>
      <div className={classes.tools}>
        <NativeSelect
          size="xs"
          aria-label={text.status}
          value={status}
          onChange={(event) => setStatus(event.currentTarget.value as RpcStatus | '')}
          data={[
            { value: '', label: text.allStatuses },
            ...rpcStatuses.map((value) => ({ value, label: text.statuses[value] ?? value })),
          ]}
        />
      </div>
      {kept.isPending && <PageLoader />}
      {kept.error !== null && <ErrorNote error={kept.error} onRetry={() => void kept.refetch()} />}
      {remove.error !== null && <ErrorNote error={remove.error} />}
      {kept.data && calls.length === 0 && <p className={sectionClasses.lead}>{status === '' ? text.historyEmpty : text.historyNone}</p>}
      {calls.length > 0 && (
        <ul className={sectionClasses.list} aria-label={text.history}>
          {calls.map((call) => (
            <Line key={call.id.id} call={call} onDelete={() => remove.mutate(call.id.id)} />
          ))}
        </ul>
      )}
      {kept.data?.hasNext && (
        <Button mt="sm" variant="default" onClick={() => setLimit(limit + STEP)}>
          {deviceText.more}
        </Button>
      )}
    </Section>
  );
}

function Line({ call, onDelete }: { call: PersistentCall; onDelete: () => void }) {
  const { request, status, response } = call;
  const kind = kinds[status];
  const isWaiting = status === 'QUEUED';
  return (
    <li className={sectionClasses.item}>
      <div className={sectionClasses.line}>
        <strong>{request.body.method}</strong>
        <Tag {...(kind && { kind })}>{text.statuses[status] ?? status}</Tag>
        {request.oneway && <Tag>{text.oneWayMark}</Tag>}
        <span className={sectionClasses.when}>
          <TimeAgo ts={call.createdTime} />
        </span>
        <Menu>
          <Menu.Target>
            <ActionIcon className={classes.menu} variant="subtle" color="gray" aria-label={text.actions(request.body.method)}>
              <IconDots size={17} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item color="var(--mantine-color-error)" onClick={onDelete}>
              {isWaiting ? text.deleteQueued : text.deleteCall}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
      {request.body.params !== null && (
        <pre className={`${sectionClasses.code} ${classes.params}`}>{shownJson(request.body.params)}</pre>
      )}
      {response !== null && <pre className={`${sectionClasses.code} ${classes.answer}`}>{shownJson(response)}</pre>}
      {isWaiting && (
        <div className={sectionClasses.facts}>
          {text.expiresAt} {dateTime(call.expirationTime)}
        </div>
      )}
    </li>
  );
}
