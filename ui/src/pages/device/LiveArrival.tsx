import { Button } from '@mantine/core';
import { IconCircleCheckFilled } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { latestTelemetry, newestPoint } from '../../api/telemetry';
import type { LatestTelemetry } from '../../api/types';
import { keys } from '../../app/keys';
import { ErrorNote } from '../../components/ErrorNote';
import { TimeAgo } from '../../components/TimeAgo';
import { ValueText } from '../../components/ValueText';
import { text } from '../../text/en';
import { arrivedSince } from './arrival';
import classes from './LiveArrival.module.css';

const SHOWN_KEYS = 6;

/** Waits for the device's next message and says when it is there. */
export function LiveArrival({ deviceId, active }: { deviceId: string; active: boolean | undefined }) {
  const latest = useQuery({
    queryKey: keys.telemetry(deviceId),
    queryFn: ({ signal }) => latestTelemetry(deviceId, signal),
    refetchInterval: 1_000,
    // What another view fetched a moment ago is no first look: a message may have come since.
    staleTime: 0,
  });
  const [before, setBefore] = useState<LatestTelemetry | null>(null);
  // The state at the first look is what the next message is told apart from.
  if (before === null && latest.data && latest.isFetchedAfterMount) setBefore(latest.data);

  const now = latest.data ?? {};
  const arrived = before === null ? [] : arrivedSince(before, now);
  const hasArrived = arrived.length > 0;

  // The rest of the page learns of it now, not at its next turn.
  const queryClient = useQueryClient();
  useEffect(() => {
    if (!hasArrived) return;
    void queryClient.invalidateQueries({ queryKey: keys.device(deviceId), exact: true });
    void queryClient.invalidateQueries({ queryKey: keys.lists });
  }, [hasArrived, deviceId, queryClient]);
  const last = newestPoint(before ?? {});

  return (
    <section className={classes.root} data-arrived={hasArrived || undefined} aria-label={text.connectivity.live}>
      {hasArrived ? (
        <IconCircleCheckFilled size={22} className={classes.check} aria-hidden />
      ) : (
        <span className={classes.pulse} aria-hidden />
      )}
      <div className={classes.text}>
        <div role="status" aria-live="polite">
          <strong>{before === null ? text.connectivity.looking : headline(hasArrived, active === true, last !== null)}</strong>
          {hasArrived && (
            <ul className={classes.values}>
              {arrived.slice(0, SHOWN_KEYS).map(({ key, value }) => (
                <li key={key}>
                  {key} = <ValueText value={value} brief />
                </li>
              ))}
            </ul>
          )}
        </div>
        {arrived[0] && (
          <div className={classes.hint}>
            <TimeAgo ts={arrived[0].ts} />
          </div>
        )}
        {!hasArrived && (
          <div className={classes.hint}>
            {text.connectivity.waitingHint}
            {last && (
              <>
                {' '}
                {text.connectivity.lastBefore} <TimeAgo ts={last.ts} />.
              </>
            )}
          </div>
        )}
        {latest.error !== null && <ErrorNote error={latest.error} />}
      </div>
      {hasArrived && (
        <Button variant="default" size="xs" onClick={() => setBefore(now)}>
          {text.connectivity.again}
        </Button>
      )}
    </section>
  );
}

function headline(arrived: boolean, active: boolean, hadMessages: boolean): string {
  if (arrived) return text.connectivity.arrived;
  if (hadMessages) return text.connectivity.waitingNext;
  return active ? text.connectivity.connected : text.connectivity.waiting;
}
