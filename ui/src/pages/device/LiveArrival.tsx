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
import { deviceText } from '../../text/en/device';
import { arrivedSince } from './arrival';
import { troubleOf, useDoorWatch } from './doorWatch';
import { EventLine } from './EventLine';
import classes from './LiveArrival.module.css';
import { LiveTrouble } from './LiveTrouble';
import sectionClasses from './Section.module.css';

const SHOWN_KEYS = 6;
const SHOWN_EVENTS = 5;

interface Props {
  deviceId: string;
  name: string | undefined;
  active: boolean | undefined;
}

/** Waits for the device to come in and for its next message; says when they are there, or why it was refused. */
export function LiveArrival({ deviceId, name, active }: Props) {
  const watch = useDoorWatch(deviceId);
  const latest = useQuery({
    queryKey: keys.telemetry(deviceId),
    queryFn: ({ signal }) => latestTelemetry(deviceId, signal),
    refetchInterval: 500,
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
  const trouble = troubleOf(watch, name, hasArrived);
  const entered = watch.events.find(({ type }) => type === 'CONNECTED');
  const headline = entered && !hasArrived ? text.connectivity.connected : headlineOf(hasArrived, active === true, last !== null);

  return (
    <section className={classes.root} data-arrived={hasArrived || undefined} aria-label={text.connectivity.live}>
      {hasArrived ? (
        <IconCircleCheckFilled size={22} className={classes.check} aria-hidden />
      ) : (
        <span className={classes.pulse} aria-hidden />
      )}
      <div className={classes.text}>
        <div role="status" aria-live="polite">
          <strong>{before === null ? text.connectivity.looking : headline}</strong>
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
        {(latest.error ?? watch.error) !== null && <ErrorNote error={latest.error ?? watch.error} />}
        {trouble !== null && <LiveTrouble trouble={trouble} deviceId={deviceId} />}
        {watch.events.length > 0 && (
          <details className={sectionClasses.details}>
            <summary>{deviceText.live.history}</summary>
            <ul className={sectionClasses.list} aria-label={deviceText.live.history}>
              {watch.events.slice(0, SHOWN_EVENTS).map((event) => (
                <EventLine key={event.number} event={event} />
              ))}
            </ul>
          </details>
        )}
      </div>
      {hasArrived && (
        <Button variant="default" size="xs" onClick={() => setBefore(now)}>
          {text.connectivity.again}
        </Button>
      )}
    </section>
  );
}

function headlineOf(arrived: boolean, active: boolean, hadMessages: boolean): string {
  if (arrived) return text.connectivity.arrived;
  if (hadMessages) return text.connectivity.waitingNext;
  return active ? text.connectivity.connected : text.connectivity.waiting;
}
