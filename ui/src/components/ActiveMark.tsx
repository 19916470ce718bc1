import { text } from '../text/en';
import classes from './ActiveMark.module.css';

interface Props {
  active: boolean | undefined;
  lastActivityTime: number | null | undefined;
}

/** State in shape, colour and word. */
export function ActiveMark({ active, lastActivityTime }: Props) {
  const state = active ? 'active' : lastActivityTime ? 'inactive' : 'never';
  const label = { active: text.list.active, inactive: text.list.inactive, never: text.list.neverActive }[state];
  return (
    <span className={classes.root} data-state={state}>
      <span className={classes.dot} aria-hidden />
      {label}
    </span>
  );
}
