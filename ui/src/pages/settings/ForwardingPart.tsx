import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPlus, IconSend } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { deleteForwarding, forwardings, type Forwarding } from '../../api/forwarding';
import { keys } from '../../app/keys';
import { EmptyState } from '../../components/EmptyState';
import { ErrorNote } from '../../components/ErrorNote';
import { PageLoader } from '../../components/PageLoader';
import { operations } from '../../text/en/operations';
import { ForwardingCard } from './ForwardingCard';
import classes from './parts.module.css';

const EndpointDialog = lazy(() => import('./EndpointDialog'));
const QuestionDialog = lazy(() => import('../../components/QuestionDialog'));
const text = operations.forwarding;

/** Endpoints that events are sent to, and how it goes with each. */
export default function ForwardingPart() {
  const queryClient = useQueryClient();
  const [editing, setEditing] = useState<Forwarding | 'new' | null>(null);
  const [deleting, setDeleting] = useState<Forwarding | null>(null);
  const query = useQuery({ queryKey: keys.forwardings, queryFn: ({ signal }) => forwardings(signal), refetchInterval: 3_000 });
  const { data } = query;
  if (!data) return query.error !== null ? <ErrorNote error={query.error} onRetry={() => void query.refetch()} /> : <PageLoader />;
  const renew = () => void queryClient.invalidateQueries({ queryKey: keys.forwardings });
  const add = (label: string) => (
    <Button leftSection={<IconPlus size={17} />} onClick={() => setEditing('new')}>
      {label}
    </Button>
  );
  return (
    <div className={classes.column}>
      {data.length === 0 ? (
        <EmptyState icon={<IconSend size={26} stroke={1.5} />} title={text.emptyTitle} text={`${text.lead} ${text.emptyText}`}>
          {add(text.emptyAction)}
        </EmptyState>
      ) : (
        <div className={classes.head}>
          <p className={classes.lead}>{text.lead}</p>
          {add(text.add)}
        </div>
      )}
      {data.map((forwarding) => (
        <ForwardingCard
          key={forwarding.id.id}
          forwarding={forwarding}
          onEdit={() => setEditing(forwarding)}
          onDelete={() => setDeleting(forwarding)}
          onChanged={renew}
        />
      ))}
      <Suspense fallback={null}>
        {editing && <EndpointDialog forwarding={editing === 'new' ? null : editing} onClose={() => setEditing(null)} onSaved={renew} />}
        {deleting && (
          <QuestionDialog
            title={text.deleteTitle}
            lead={text.deleteLead(deleting.name)}
            effects={deleting.status.queuedEvents > 0 ? [text.deleteEffect(deleting.status.queuedEvents)] : []}
            submit={text.delete}
            run={() => deleteForwarding(deleting.id.id)}
            onDone={() => {
              renew();
              notifications.show({ message: text.deleted(deleting.name) });
            }}
            onClose={() => setDeleting(null)}
          />
        )}
      </Suspense>
    </div>
  );
}
