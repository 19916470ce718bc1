import { Button, TextInput } from '@mantine/core';
import { IconActivity, IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { Link, useSearch } from 'wouter';
import type { LivePoint } from '../../api/live';
import { EmptyState } from '../../components/EmptyState';
import { ErrorNote } from '../../components/ErrorNote';
import { LiveMark } from '../../components/LiveMark';
import { PageLoader } from '../../components/PageLoader';
import { Sparkline } from '../../components/Sparkline';
import { ValueTable, type ValueRow } from '../../components/ValueTable';
import { text } from '../../text/en';
import { values as valuesTexts } from '../../text/en/values';
import { numberText } from './charts/axis';
import { numberOf } from './charts/track';
import classes from './TelemetryTab.module.css';
import { useDeviceTelemetry } from './useDeviceValues';
import { TREND_SPAN, useTrends, type Trends } from './useTrends';

const MANY_KEYS = 8;

interface Props {
  deviceId: string;
  /** Address of the charts, without its query. */
  charts: string;
  onConnect: () => void;
}

export function TelemetryTab({ deviceId, charts, onConnect }: Props) {
  const { rows, isLive, error, retry } = useDeviceTelemetry(deviceId);
  if (!rows) return error !== null ? <ErrorNote error={error} onRetry={retry} /> : <PageLoader />;
  if (rows.length > 0) return <Values deviceId={deviceId} charts={charts} rows={rows} isLive={isLive} error={error} />;
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

interface ValuesProps {
  deviceId: string;
  charts: string;
  rows: LivePoint[];
  isLive: boolean;
  error: unknown;
}

function Values({ deviceId, charts, rows, isLive, error }: ValuesProps) {
  const [filter, setFilter] = useState('');
  const wanted = filter.trim().toLowerCase();
  const shown = rows.filter((row) => row.key.toLowerCase().includes(wanted));
  const numbers = shown.filter(({ value }) => numberOf(value) !== null && typeof value !== 'boolean').map(({ key }) => key);
  const trends = useTrends(deviceId, numbers);
  return (
    <div>
      <div className={classes.tools}>
        <LiveMark isLive={isLive} />
        {wanted !== '' && <span className={classes.count}>{valuesTexts.shown(shown.length, rows.length)}</span>}
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
      {error !== null && <ErrorNote error={error} />}
      {shown.length === 0 ? (
        <p className={classes.count}>{text.telemetry.noMatch}</p>
      ) : (
        <ValueTable
          rows={shown}
          label={text.device.tabs.telemetry}
          heads={text.telemetry}
          more={{ head: valuesTexts.trend, cell: (row) => <Trend row={row} trends={trends} charts={charts} /> }}
        />
      )}
    </div>
  );
}

function Trend({ row: { key, value }, trends: { tracks, to }, charts }: { row: ValueRow; trends: Trends; charts: string }) {
  const search = useSearch();
  if (numberOf(value) === null || key.includes(',')) return null;
  const track = tracks.get(key);
  const address = new URLSearchParams(search);
  address.set('keys', key);
  const from = to - TREND_SPAN;
  const first = track?.times.findIndex((ts) => ts >= from) ?? -1;
  const values = first < 0 ? [] : (track?.values.slice(first) ?? []);
  return (
    <Link href={`${charts}?${address.toString()}`} className={classes.trend} aria-label={valuesTexts.chartOf(key)}>
      <Sparkline
        times={first < 0 ? [] : (track?.times.slice(first) ?? [])}
        values={values}
        from={from}
        to={to}
        label={values.length === 0 ? '' : valuesTexts.trendOf(key, numberText(Math.min(...values)), numberText(Math.max(...values)))}
      />
    </Link>
  );
}
