import { Button, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { saveForwarding, testForwarding, type Forwarding, type ForwardingTest } from '../../api/forwarding';
import { profiles } from '../../api/profiles';
import { keys } from '../../app/keys';
import { ErrorNote } from '../../components/ErrorNote';
import { Notice } from '../../components/Notice';
import { showError } from '../../components/showError';
import { TimeAgo } from '../../components/TimeAgo';
import { operations } from '../../text/en/operations';
import classes from './parts.module.css';

const text = operations.forwarding;
const kinds = ['telemetry', 'attributes', 'lifecycle'] as const;

interface Props {
  forwarding: Forwarding;
  onEdit: () => void;
  onDelete: () => void;
  onChanged: () => void;
}

type State = 'good' | 'idle' | 'bad' | 'off';

/** Failing: the last thing that happened was a failure. */
function stateOf({ enabled, status }: Forwarding): State {
  if (!enabled) return 'off';
  const { lastErrorTime, lastSuccessTime } = status;
  if (lastErrorTime !== null && lastErrorTime >= (lastSuccessTime ?? 0)) return 'bad';
  return lastSuccessTime !== null ? 'good' : 'idle';
}

export function ForwardingCard({ forwarding, onEdit, onDelete, onChanged }: Props) {
  const { name, url, enabled } = forwarding;
  const state = stateOf(forwarding);
  const test = useMutation({ mutationFn: () => testForwarding(forwarding.id.id), onSettled: onChanged });
  const turn = useMutation({
    mutationFn: () => {
      const { id, version, name: same, url: sameUrl } = forwarding;
      return saveForwarding({ id, version, name: same, url: sameUrl, enabled: !enabled });
    },
    onSuccess: (saved) => notifications.show({ message: saved.enabled ? text.resumed(name) : text.paused(name) }),
    onError: showError,
    onSettled: onChanged,
  });
  const button = (said: string, label: string, run: () => void, busy = false) => (
    <Button variant="default" size="compact-sm" aria-label={label} loading={busy} onClick={run}>
      {said}
    </Button>
  );
  return (
    <section className={classes.panel} aria-label={name}>
      <Title order={2} className={classes.title}>
        {name}{' '}
        <span className={classes.tag} data-state={state}>
          {text.states[state]}
        </span>
      </Title>
      <code className={classes.dim}>{url}</code>
      <Status forwarding={forwarding} />
      {state === 'bad' && forwarding.status.lastError !== null && <Notice kind="bad">{forwarding.status.lastError}</Notice>}
      <div className={classes.buttons} style={{ marginTop: 14 }}>
        {button(text.test, text.testOf(name), () => test.mutate(), test.isPending)}
        {button(text.edit, text.editOf(name), onEdit)}
        {button(enabled ? text.pause : text.resume, enabled ? text.pauseOf(name) : text.resumeOf(name), () => turn.mutate(), turn.isPending)}
        {button(text.delete, text.deleteOf(name), onDelete)}
      </div>
      {test.data && <TestResult result={test.data} />}
      {test.error !== null && <ErrorNote error={test.error} />}
    </section>
  );
}

function Status({ forwarding }: { forwarding: Forwarding }) {
  const { status } = forwarding;
  const sent = kinds.filter((kind) => forwarding[kind]).map((kind) => text.kinds[kind]);
  const time = (ts: number | null): ReactNode => (ts === null ? text.never : <TimeAgo ts={ts} />);
  const facts: [string, ReactNode][] = [
    [text.sends, sent.join(', ')],
    [text.profile, forwarding.deviceProfileId ? <ProfileName id={forwarding.deviceProfileId.id} /> : text.allDevices],
    [text.lastSuccess, time(status.lastSuccessTime)],
    [text.lastError, time(status.lastErrorTime)],
    [text.queued, `${text.events(status.queuedEvents)}${status.queuedEvents > 0 ? `, ${text.bytes(status.queuedBytes)}` : ''}`],
    [text.dropped, text.events(status.droppedEvents)],
  ];
  return (
    <dl className={classes.status}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function ProfileName({ id }: { id: string }) {
  const query = useQuery({ queryKey: [...keys.profiles, 'ids'], queryFn: ({ signal }) => profiles(signal), staleTime: 60_000 });
  return <>{query.data?.find((profile) => profile.id.id === id)?.name ?? id}</>;
}

function TestResult({ result }: { result: ForwardingTest }) {
  return (
    <div style={{ marginTop: 12 }}>
      {result.success ? (
        <Notice kind="good" urgent>
          {text.testGood(result.status ?? 200)}
        </Notice>
      ) : (
        <Notice kind="bad" title={text.testBad} urgent>
          {result.error ?? (result.status === null ? text.testSilent : text.testStatus(result.status))}
        </Notice>
      )}
    </div>
  );
}
