import { Button, TextInput } from '@mantine/core';
import { IconActivity, IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { latestTelemetry } from '../../api/telemetry';
import type { LatestTelemetry } from '../../api/types';
import { keys } from '../../app/keys';
import { EmptyState } from '../../components/EmptyState';
import { ErrorNote } from '../../components/ErrorNote';
import { PageLoader } from '../../components/PageLoader';
import { ValueTable, type ValueRow } from '../../components/ValueTable';
import { text } from '../../text/en';
import classes from './TelemetryTab.module.css';

const MANY_KEYS = 8;

const rowsOf = (latest: LatestTelemetry): ValueRow[] =>
  Object.entries(latest)
    .flatMap(([key, points]) => (points[0] ? [{ key, value: points[0].value, ts: points[0].ts }] : []))
    .sort((a, b) => a.key.localeCompare(b.key));

export function TelemetryTab({ deviceId, onConnect }: { deviceId: string; onConnect: () => void }) {
  const [filter, setFilter] = useState('');
  const latest = useQuery({
    queryKey: keys.telemetry(deviceId),
    queryFn: ({ signal }) => latestTelemetry(deviceId, signal),
    refetchInterval: 2_000,
  });

  if (!latest.data) {
    return latest.error ? <ErrorNote error={latest.error} onRetry={() => void latest.refetch()} /> : <PageLoader />;
  }
  const rows = rowsOf(latest.data);
  if (rows.length === 0) {
    return (
      <EmptyState
        icon={<IconActivity size={28} stroke={1.5} />}
        title={text.telemetry.emptyTitle}
        text={text.telemetry.emptyText}
      >
        <Button onClick={onConnect}>{text.telemetry.emptyAction}</Button>
      </EmptyState>
    );
  }

  const wanted = filter.trim().toLowerCase();
  const shown = rows.filter((row) => row.key.toLowerCase().includes(wanted));
  return (
    <div>
      <div className={classes.tools}>
        <span className={classes.live}>{text.telemetry.live}</span>
        {rows.length > MANY_KEYS && (
          <TextInput
            size="xs"
            aria-label={text.telemetry.filter}
            placeholder={text.telemetry.filter}
            leftSection={<IconSearch size={14} aria-hidden />}
            value={filter}
            onChange={(event) => setFilter(event.currentTarget.value)}
          />
        )}
      </div>
      {latest.error !== null && <ErrorNote error={latest.error} />}
      {shown.length === 0 ? (
        <p className={classes.live}>{text.telemetry.noMatch}</p>
      ) : (
        <ValueTable rows={shown} label={text.device.tabs.telemetry} heads={text.telemetry} />
      )}
    </div>
  );
}
