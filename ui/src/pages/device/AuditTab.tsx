import { Button, Stack } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { deviceAudit, type AuditEntry } from '../../api/deviceAudit';
import { keys } from '../../app/keys';
import { ErrorNote } from '../../components/ErrorNote';
import { PageLoader } from '../../components/PageLoader';
import { deviceText } from '../../text/en/device';
import { dateTime, exact } from '../../text/time';
import { Tag } from './Section';
import classes from './Section.module.css';

const text = deviceText.audit;
const PAGE = 25;

export default function AuditTab({ deviceId }: { deviceId: string }) {
  const trail = useInfiniteQuery({
    queryKey: keys.audit(deviceId),
    queryFn: ({ pageParam, signal }) => deviceAudit(deviceId, pageParam, PAGE, signal),
    initialPageParam: 0,
    getNextPageParam: (last, all) => (last.hasNext ? all.length : undefined),
    refetchInterval: 10_000,
  });
  if (!trail.data) {
    return trail.error ? <ErrorNote error={trail.error} onRetry={() => void trail.refetch()} /> : <PageLoader />;
  }
  // An entry that came meanwhile moves the others by one place: the same may be at the end of a page and on the next.
  const entries = new Map(trail.data.pages.flatMap(({ data }) => data).map((entry) => [entry.id.id, entry]));
  return (
    <Stack>
      <p className={classes.lead}>{text.lead}</p>
      {trail.error !== null && <ErrorNote error={trail.error} />}
      {entries.size === 0 && <p className={classes.lead}>{text.empty}</p>}
      {entries.size > 0 && (
        <ul className={classes.list} aria-label={text.lead}>
          {[...entries.values()].map((entry) => (
            <Entry key={entry.id.id} entry={entry} />
          ))}
        </ul>
      )}
      {trail.hasNextPage && (
        <Button variant="default" loading={trail.isFetchingNextPage} onClick={() => void trail.fetchNextPage()}>
          {deviceText.more}
        </Button>
      )}
    </Stack>
  );
}

function Entry({ entry }: { entry: AuditEntry }) {
  const details = entry.actionData === null ? '' : JSON.stringify(entry.actionData, null, 2);
  return (
    <li className={classes.item}>
      <div className={classes.line}>
        <strong>{text.actions[entry.actionType] ?? entry.actionType}</strong>
        {entry.actionStatus === 'FAILURE' && <Tag kind="bad">{text.failure}</Tag>}
        <time className={classes.when} title={exact(entry.createdTime)}>
          {dateTime(entry.createdTime)}
        </time>
      </div>
      {entry.actionFailureDetails && <div>{entry.actionFailureDetails}</div>}
      <div className={classes.facts}>
        <span>{entry.userName ?? text.nobody}</span>
        {entry.address && (
          <span>
            {text.from} {entry.address}
          </span>
        )}
      </div>
      {details !== '' && (
        <details className={classes.details}>
          <summary>{text.details}</summary>
          <pre className={classes.code}>{details}</pre>
        </details>
      )}
    </li>
  );
}
