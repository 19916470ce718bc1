import { CloseButton, useComputedColorScheme } from '@mantine/core';
import { charts as chartsTexts } from '../../../text/en/values';
import { exact } from '../../../text/time';
import { valueText } from './exportChart';
import classes from './Legend.module.css';
import { lookOf } from './lines';
import type { Line } from './Plot';

interface Props {
  keys: string[];
  lines: Line[];
  /** Under the pointer; null: the newest points are told. */
  moment: number | null;
  onRemove: (key: string) => void;
}

/** Which line is which, and what it says at the moment under the pointer. */
export function Legend({ keys, lines, moment, onRemove }: Props) {
  return (
    <div className={classes.root}>
      <ul className={classes.list} aria-label={chartsTexts.keys}>
        {keys.map((key, index) => {
          const line = lines.find((one) => one.key === key);
          return (
            <li key={key} className={classes.chip}>
              <Swatch index={index} />
              <span className={classes.key}>{key}</span>
              <span className={classes.value}>{line && valueText(line, valueAt(line, moment))}</span>
              <CloseButton size="xs" aria-label={chartsTexts.remove(key)} onClick={() => onRemove(key)} />
            </li>
          );
        })}
      </ul>
      <span className={classes.moment}>{moment !== null && exact(moment).slice(0, 23)}</span>
    </div>
  );
}

function Swatch({ index }: { index: number }) {
  const look = lookOf(index);
  const isDark = useComputedColorScheme() === 'dark';
  return (
    <svg width="20" height="8" aria-hidden>
      <line x1="0" y1="4" x2="20" y2="4" stroke={isDark ? look.dark : look.light} strokeWidth="2.5" strokeDasharray={look.dash.join(' ')} />
    </svg>
  );
}

/** The point at `moment` or the last before it. */
function valueAt({ track: { times, values } }: Line, moment: number | null): number | undefined {
  if (moment === null) return values[values.length - 1];
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) <= moment) low = middle + 1;
    else high = middle;
  }
  return values[low - 1];
}
