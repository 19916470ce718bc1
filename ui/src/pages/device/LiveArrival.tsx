import { Button } from '@mantine/core';
import { IconCircleCheckFilled } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
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
  });
  const [before, setBefore] = useState<LatestTelemetry | null>(null);
  // The state at the first look is what the next message is told apart from.
  if (before === null && latest.data && latest.isFetchedAfterMount) setBefore(latest.data);

  const now = latest.data ?? {};
  const arrived = before === null ? [] : arrivedSince(before, now);
  const last = newestPoint(before ?? {});

  return (
    <section className={classes.root} data-arrived={arrived.length > 0 || undefined} aria-label={text.connectivity.live}>
      {arrived.length > 0 ? (
        <IconCircleCheckFilled size={22} className={classes.check} aria-hidden />
      ) : (
        <span className={classes.pulse} aria-hidden />
      )}
      <div className={classes.text}>
        <div role="status" aria-live="polite">
          <strong>{headline(arrived.length > 0, active === true, last !== null)}</strong>
          {arrived.length > 0 && (
            <ul className={classes.values}>
              {arrived.slice(0, SHOWN_KEYS).map(({ key, value }) => (
                <li key={key}>
                  {key} = <ValueText value={value} />
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
        {arrived.length === 0 && (
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
      {arrived.length > 0 && (
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
