import { Button, Checkbox, Menu, NativeSelect, SegmentedControl } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconChartLine, IconDownload } from '@tabler/icons-react';
import { useMemo, useState, type RefObject } from 'react';
import { EmptyState } from '../../../components/EmptyState';
import { ErrorNote } from '../../../components/ErrorNote';
import { PageLoader } from '../../../components/PageLoader';
import { text } from '../../../text/en';
import { charts as chartsTexts } from '../../../text/en/values';
import { dateTime, exact } from '../../../text/time';
import { useDeviceTelemetry } from '../useDeviceValues';
import { numberText } from './axis';
import { MAX_KEYS, useChartState, type ChangeChart, type ChartState } from './chartState';
import classes from './ChartsTab.module.css';
import { ChartTable } from './ChartTable';
import { csvOf, fileName, pictureOf, rowsOf, save } from './exportChart';
import { KeyPicker } from './KeyPicker';
import { Legend } from './Legend';
import { Plot, type Line } from './Plot';
import { RangePicker } from './RangePicker';
import { aggregations, MAX_POINTS, numberOf, type Aggregation } from './track';
import { useChartData, type ChartData, type Span } from './useChartData';

interface Props {
  deviceId: string;
  deviceName: string;
  onConnect: () => void;
}

/** Numbers over time: several keys, any range, live or still. */
export default function ChartsTab({ deviceId, deviceName, onConnect }: Props) {
  const [state, change] = useChartState();
  const latest = useDeviceTelemetry(deviceId);
  // The server takes names with commas between them.
  const known = (latest.rows ?? []).filter(({ key, value }) => numberOf(value) !== null && !key.includes(','));
  const names = known.map(({ key }) => key);
  const choose = (keys: string[]) => change({ keys });

  if (latest.rows === undefined && latest.error !== null) return <ErrorNote error={latest.error} onRetry={latest.retry} />;
  if (latest.rows === undefined) return <PageLoader />;
  if (known.length === 0 && state.keys.length === 0) {
    return (
      <EmptyState icon={<IconChartLine size={28} stroke={1.5} />} title={chartsTexts.nothingTitle} text={chartsTexts.nothingText}>
        <Button onClick={onConnect}>{chartsTexts.nothingAction}</Button>
      </EmptyState>
    );
  }
  if (state.keys.length === 0) {
    return (
      <EmptyState icon={<IconChartLine size={28} stroke={1.5} />} title={chartsTexts.noneTitle} text={chartsTexts.noneText}>
        <div className={classes.picks}>
          {names.slice(0, MAX_KEYS).map((key) => (
            <Button key={key} size="xs" variant="default" onClick={() => choose([key])}>
              {key}
            </Button>
          ))}
          <KeyPicker known={names} chosen={state.keys} onChange={choose} />
        </div>
      </EmptyState>
    );
  }
  const truths = known.filter(({ key, value }) => typeof value === 'boolean' && state.keys.includes(key)).map(({ key }) => key);
  return (
    <Charts
      deviceId={deviceId}
      deviceName={deviceName}
      state={state}
      change={change}
      names={names}
      truths={truths}
      epoch={latest.epoch}
    />
  );
}

interface ChartsProps {
  deviceId: string;
  deviceName: string;
  state: ChartState;
  change: ChangeChart;
  names: string[];
  truths: string[];
  epoch: number;
}

function Charts({ deviceId, deviceName, state, change, names, truths, epoch }: ChartsProps) {
  const { ref, width } = useElementSize<HTMLDivElement>();
  const [moment, setMoment] = useState<number | null>(null);
  const found = useChartData({ deviceId, state, truths, width, epoch });
  const { data } = found;
  const lines = useMemo(() => (data === null ? [] : linesOf(data, state.keys, truths)), [data, state.keys, truths]);
  const isEmpty = data !== null && !found.isLoading && lines.every((line) => isOutside(line, data.span));
  const rows = () => (data === null ? [] : rowsOf(lines, data.span.from, data.span.to));

  const exportAs = async (ending: 'csv' | 'png') => {
    const box = document.getElementById('charts');
    const name = fileName(deviceName, data?.span.from ?? 0, ending);
    const title = data === null ? deviceName : `${deviceName}, ${exact(data.span.from)} – ${exact(data.span.to)}`;
    const content =
      ending === 'csv' ? new Blob([csvOf(lines, rows())], { type: 'text/csv' }) : box && (await pictureOf(title, lines, box));
    if (content) save(name, content);
    notifications.show({ message: content ? chartsTexts.exported(name) : chartsTexts.exportFailed });
  };

  return (
    <div className={classes.root}>
      <RangePicker state={state} change={change} />
      <div className={classes.options}>
        <KeyPicker known={[...new Set([...state.keys, ...names])].sort()} chosen={state.keys} onChange={(keys) => change({ keys })} />
        <NativeSelect
          size="xs"
          aria-label={chartsTexts.aggregation}
          value={state.aggregation}
          onChange={(event) => change({ aggregation: event.currentTarget.value as ChartState['aggregation'] }, true)}
          data={(['AUTO', ...aggregations] as const).map((value) => ({ value, label: chartsTexts.aggregations[value] }))}
        />
        <SegmentedControl
          size="xs"
          aria-label={chartsTexts.view}
          value={state.show}
          onChange={(show) => change({ show: show as ChartState['show'] }, true)}
          data={[
            { value: 'chart', label: chartsTexts.chart },
            { value: 'table', label: chartsTexts.table },
          ]}
        />
        <Menu>
          <Menu.Target>
            <Button size="xs" variant="default" leftSection={<IconDownload size={14} aria-hidden />} disabled={isEmpty || data === null}>
              {chartsTexts.exportAs}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => void exportAs('csv')}>{chartsTexts.csv}</Menu.Item>
            {state.show === 'chart' && <Menu.Item onClick={() => void exportAs('png')}>{chartsTexts.png}</Menu.Item>}
          </Menu.Dropdown>
        </Menu>
        {state.keys.length > 1 && state.show === 'chart' && (
          <Checkbox
            size="xs"
            label={chartsTexts.apart}
            checked={state.apart}
            onChange={(event) => change({ apart: event.currentTarget.checked }, true)}
          />
        )}
      </div>

      <Legend
        keys={state.keys}
        lines={lines}
        moment={moment}
        onRemove={(key) => change({ keys: state.keys.filter((one) => one !== key) })}
      />
      {found.error !== null && <ErrorNote error={found.error} onRetry={found.retry} />}
      <div ref={ref as RefObject<HTMLDivElement>} id="charts" className={classes.charts} aria-busy={found.isLoading}>
        {data === null && found.error === null && <PageLoader />}
        {isEmpty && <EmptyState title={chartsTexts.emptyTitle} text={chartsTexts.emptyText} />}
        {data !== null && !isEmpty && state.show === 'table' && <ChartTable lines={lines} rows={rows()} />}
        {data !== null && !isEmpty && state.show === 'chart' && (
          <Plots lines={lines} data={data} state={state} change={change} width={width} onMoment={setMoment} />
        )}
      </div>
      <p className={classes.foot}>
        {state.fixed === null && <span className={classes.live}>{chartsTexts.live}</span>}
        <span>{sentence(found.aggregation, found.interval)}</span>
        {data !== null && <span>{chartsTexts.zone(exact(data.span.to).slice(24))}</span>}
        {state.show === 'chart' && <span className={classes.hint}>{chartsTexts.hint}</span>}
      </p>
      {data !== null && lines.some((line) => isCut(line, data.span)) && <p className={classes.foot}>{chartsTexts.cut(MAX_POINTS)}</p>}
    </div>
  );
}

interface PlotsProps {
  lines: Line[];
  data: ChartData;
  state: ChartState;
  change: ChangeChart;
  width: number;
  onMoment: (ts: number | null) => void;
}

function Plots({ lines, data, state, change, width, onMoment }: PlotsProps) {
  const groups = state.apart ? lines.map((line) => [line]) : [lines];
  const height = groups.length > 1 ? 180 : width < 480 ? 250 : 320;
  return groups.map((group) => (
    <Plot
      key={group.map(({ key }) => key).join()}
      lines={group}
      span={data.span}
      version={data.version}
      width={width}
      height={height}
      label={labelOf(group, data.span)}
      together="charts"
      onZoom={({ from, to }) => change({ fixed: { from: Math.round(from), to: Math.max(Math.round(from) + 1, Math.round(to)) } })}
      onReset={() => state.fixed !== null && change({ fixed: null })}
      onMoment={onMoment}
    />
  ));
}

function linesOf({ tracks }: ChartData, keys: string[], truths: string[]): Line[] {
  return keys.flatMap((key, index) => {
    const track = tracks.get(key);
    return track ? [{ key, index, track, isStepped: truths.includes(key) }] : [];
  });
}

const isOutside = ({ track }: Line, { from, to }: Span): boolean => !track.times.some((ts) => ts >= from && ts <= to);

const isCut = ({ track }: Line, { from }: Span): boolean =>
  track.aggregation === 'NONE' && track.times.length >= MAX_POINTS && (track.times[0] ?? 0) > from;

function labelOf(lines: Line[], { from, to }: Span): string {
  const parts = lines.map(({ key, track }) => {
    const seen = track.values.filter((_, index) => (track.times[index] as number) >= from && (track.times[index] as number) <= to);
    if (seen.length === 0) return chartsTexts.summaryEmpty(key);
    const [low, high] = seen.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [Infinity, -Infinity]);
    return chartsTexts.summary(key, seen.length, numberText(low), numberText(high), numberText(seen.at(-1) as number));
  });
  return chartsTexts.picture(dateTime(from), dateTime(to), parts.join('; '));
}

function sentence(aggregation: Aggregation, interval: number): string {
  if (aggregation === 'NONE') return chartsTexts.everyPoint;
  return chartsTexts.per(chartsTexts.names[aggregation], text.time.length(interval));
}
