import { Button, SegmentedControl, Stack } from '@mantine/core';
import { IconDoor } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { deviceEvents } from '../../api/deviceEvents';
import { keys } from '../../app/keys';
import { EmptyState } from '../../components/EmptyState';
import { ErrorNote } from '../../components/ErrorNote';
import { PageLoader } from '../../components/PageLoader';
import { deviceText } from '../../text/en/device';
import { EventLine, passes, type EventFilter } from './EventLine';
import classes from './Section.module.css';

const text = deviceText.events;
const STEP = 50;

export default function EventsTab({ deviceId, onConnect }: { deviceId: string; onConnect: () => void }) {
  const [filter, setFilter] = useState<EventFilter>('all');
  const [limit, setLimit] = useState(STEP);
  const events = useQuery({
    queryKey: keys.events(deviceId, limit),
    queryFn: ({ signal }) => deviceEvents(deviceId, limit, signal),
    refetchInterval: 1_500,
    placeholderData: (before) => before,
  });
  if (!events.data) {
    return events.error ? <ErrorNote error={events.error} onRetry={() => void events.refetch()} /> : <PageLoader />;
  }
  const all = events.data.data;
  if (all.length === 0) {
    return (
      <EmptyState icon={<IconDoor size={28} stroke={1.5} />} title={text.empty} text={text.emptyText}>
        <Button onClick={onConnect}>{text.emptyAction}</Button>
      </EmptyState>
    );
  }
  const shown = all.filter((event) => passes(filter, event));
  return (
    <Stack>
      <p className={classes.lead}>{text.lead}</p>
      <SegmentedControl
        className={classes.choice}
        aria-label={text.filter}
        value={filter}
        onChange={(value) => setFilter(value as EventFilter)}
        data={[
          { value: 'all', label: text.all },
          { value: 'refusals', label: text.refusals },
          { value: 'connections', label: text.connections },
        ]}
      />
      {events.error !== null && <ErrorNote error={events.error} />}
      {shown.length === 0 ? (
        <p className={classes.lead}>{text.noMatch}</p>
      ) : (
        <ul className={classes.list} aria-label={text.filter}>
          {shown.map((event) => (
            <EventLine key={event.number} event={event} />
          ))}
        </ul>
      )}
      {events.data.hasNext && (
        <Button variant="default" onClick={() => setLimit(limit + STEP)}>
          {deviceText.more}
        </Button>
      )}
    </Stack>
  );
}
