import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { isNotFound } from '../../api/errors';
import { endLogin, logins, type Login } from '../../api/logins';
import { keys } from '../../app/keys';
import { ErrorNote } from '../../components/ErrorNote';
import { PageLoader } from '../../components/PageLoader';
import { showError } from '../../components/showError';
import { TimeAgo } from '../../components/TimeAgo';
import { operations } from '../../text/en/operations';
import { dateTime, exact } from '../../text/time';
import classes from './parts.module.css';

const QuestionDialog = lazy(() => import('../../components/QuestionDialog'));
const text = operations.logins;

/** The caller's logins; each of the others can be ended. */
export default function LoginsPart() {
  const queryClient = useQueryClient();
  const [asking, ask] = useDisclosure(false);
  const query = useQuery({ queryKey: keys.logins, queryFn: ({ signal }) => logins(signal), refetchInterval: 15_000 });
  const renew = () => void queryClient.invalidateQueries({ queryKey: keys.logins });
  const end = useMutation({
    mutationFn: (login: Login) => endLogin(login.id).catch(unlessGone),
    onSuccess: () => notifications.show({ message: text.ended }),
    onError: showError,
    onSettled: renew,
  });
  if (!query.data) return query.error !== null ? <ErrorNote error={query.error} onRetry={() => void query.refetch()} /> : <PageLoader />;
  const sorted = [...query.data].sort((a, b) => Number(b.current) - Number(a.current) || b.createdTime - a.createdTime);
  const others = sorted.filter((login) => !login.current);
  return (
    <div className={classes.column}>
      <div className={classes.head}>
        <p className={classes.lead}>{text.lead}</p>
        {others.length > 1 && (
          <Button variant="default" onClick={ask.open}>
            {text.endOthers}
          </Button>
        )}
      </div>
      <section className={classes.panel}>
        <ul className={classes.list} aria-label={operations.settings.tabs.logins}>
          {sorted.map((login) => (
            <Item key={login.id} login={login} busy={end.isPending && end.variables.id === login.id} onEnd={() => end.mutate(login)} />
          ))}
        </ul>
      </section>
      <Suspense fallback={null}>
        {asking && (
          <QuestionDialog
            title={text.othersTitle}
            lead={text.othersText(others.length)}
            harmless
            submit={text.endOthers}
            run={() => Promise.all(others.map((login) => endLogin(login.id).catch(unlessGone)))}
            onDone={() => {
              renew();
              notifications.show({ message: text.othersEnded });
            }}
            onClose={ask.close}
          />
        )}
      </Suspense>
    </div>
  );
}

function unlessGone(error: unknown): void {
  if (!isNotFound(error)) throw error;
}

function Item({ login, busy, onEnd }: { login: Login; busy: boolean; onEnd: () => void }) {
  const address = login.address ?? text.unknown;
  return (
    <li className={classes.item}>
      <div className={classes.grow}>
        <div className={classes.main}>
          {address}
          {login.current && <span className={classes.tag}>{text.current}</span>}
        </div>
        <div className={classes.dim}>
          {text.since} <TimeAgo ts={login.createdTime} /> · {text.until.toLowerCase()}{' '}
          <time title={exact(login.expirationTime)}>{dateTime(login.expirationTime)}</time>
        </div>
      </div>
      {!login.current && (
        <Button variant="default" size="compact-sm" loading={busy} onClick={onEnd} aria-label={text.endOf(address)}>
          {text.end}
        </Button>
      )}
    </li>
  );
}
