import { useState } from 'react';
import { writeJson } from '../api/json';
import { text } from '../text/en';
import classes from './ValueText.module.css';

const LONG = 240;

interface Props {
  value: unknown;
  /** Room for one line or two: a long value is cut without a way to see all of it. */
  brief?: boolean;
}

/** A value of telemetry or an attribute, drawn by its type. A long one is cut until it is asked for. */
export function ValueText({ value, brief = false }: Props) {
  const [whole, setWhole] = useState(false);
  const shown = typeof value === 'string' ? value : writeJson(value);
  const isLong = shown.length > LONG;
  if (shown === '') return <span className={classes.empty}>{text.value.empty}</span>;
  return (
    <span className={classes.root} data-type={typeOf(value)}>
      {isLong && !whole ? `${shown.slice(0, LONG)}…` : shown}
      {isLong && !brief && (
        <button type="button" className={classes.more} aria-expanded={whole} onClick={() => setWhole(!whole)}>
          {whole ? text.value.less : text.value.all(shown.length)}
        </button>
      )}
    </span>
  );
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'bigint' ? 'number' : typeof value;
}
