import { ActionIcon, Button, Popover, Stack, TextInput, Tooltip } from '@mantine/core';
import { IconChevronLeft, IconChevronRight, IconPlayerPause, IconPlayerPlay, IconZoomIn, IconZoomOut } from '@tabler/icons-react';
import { useState, type FormEvent } from 'react';
import { charts as chartsTexts } from '../../../text/en/values';
import { dateTime } from '../../../text/time';
import { ranges, type ChangeChart, type ChartState, type RangeName } from './chartState';
import classes from './RangePicker.module.css';
import { spanOf, type Span } from './useChartData';

interface Props {
  state: ChartState;
  change: ChangeChart;
}

const names = Object.keys(ranges) as RangeName[];
const SHORTEST = 1_000;

/** Which time is shown: up to now, or one that stands still. */
export function RangePicker({ state, change }: Props) {
  const show = (make: (span: Span) => Span) => {
    const { from, to } = make(spanOf(state, Date.now()));
    change({ fixed: { from: Math.max(0, Math.round(from)), to: Math.max(SHORTEST, Math.round(to)) } });
  };
  const move = (by: number) => show(({ from, to }) => ({ from: from + (to - from) * by, to: to + (to - from) * by }));
  const scale = (by: number) =>
    show(({ from, to }) => {
      const half = (Math.max(SHORTEST, (to - from) * by)) / 2;
      return { from: (from + to) / 2 - half, to: (from + to) / 2 + half };
    });
  const tools = [
    { label: chartsTexts.earlier, Icon: IconChevronLeft, act: () => move(-0.5) },
    { label: chartsTexts.zoomOut, Icon: IconZoomOut, act: () => scale(2) },
    { label: chartsTexts.zoomIn, Icon: IconZoomIn, act: () => scale(0.5) },
    { label: chartsTexts.later, Icon: IconChevronRight, act: () => move(0.5) },
  ];

  return (
    <div className={classes.root}>
      <div className={classes.ranges} role="group" aria-label={chartsTexts.range}>
        {names.map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={state.fixed === null && state.range === name}
            onClick={() => change({ range: name, fixed: null })}
          >
            {chartsTexts.ranges[name]}
          </button>
        ))}
        <Custom key={JSON.stringify(state.fixed)} state={state} change={change} />
      </div>
      <div className={classes.tools}>
        {tools.map(({ label, Icon, act }) => (
          <Tooltip key={label} label={label}>
            <ActionIcon variant="default" size={30} aria-label={label} onClick={act}>
              <Icon size={16} stroke={1.7} aria-hidden />
            </ActionIcon>
          </Tooltip>
        ))}
        {state.fixed === null ? (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPlayerPause size={14} aria-hidden />}
            onClick={() => show((span) => span)}
          >
            {chartsTexts.pause}
          </Button>
        ) : (
          <Button size="xs" leftSection={<IconPlayerPlay size={14} aria-hidden />} onClick={() => change({ fixed: null })}>
            {chartsTexts.goLive}
          </Button>
        )}
      </div>
    </div>
  );
}

/** As fields of this kind have it: 2026-07-01T14:05, in this computer's time zone. */
const fieldText = (ts: number): string => dateTime(ts).replace(' ', 'T');

function Custom({ state, change }: Props) {
  const [isOpen, setOpen] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const span = spanOf(state, Date.now());
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const [from, to] = ['from', 'to'].map((name) => Date.parse(form.get(name) as string)) as [number, number];
    if (Number.isNaN(from) || Number.isNaN(to)) setError(chartsTexts.badTime);
    else if (from >= to) setError(chartsTexts.badOrder);
    else {
      setOpen(false);
      change({ fixed: { from, to } });
    }
  };
  return (
    <Popover opened={isOpen} onChange={setOpen} position="bottom-end" shadow="md" trapFocus returnFocus withinPortal>
      <Popover.Target>
        <button type="button" aria-pressed={state.fixed !== null} onClick={() => setOpen(!isOpen)}>
          {chartsTexts.custom}
        </button>
      </Popover.Target>
      <Popover.Dropdown aria-label={chartsTexts.custom}>
        <form onSubmit={submit} noValidate>
          <Stack gap="xs">
            <TextInput
              type="datetime-local"
              name="from"
              label={chartsTexts.from}
              defaultValue={fieldText(span.from)}
              data-autofocus
            />
            <TextInput type="datetime-local" name="to" label={chartsTexts.to} defaultValue={fieldText(span.to)} error={error} />
            <Button type="submit" size="xs">
              {chartsTexts.apply}
            </Button>
          </Stack>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
