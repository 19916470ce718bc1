import { text } from '../text/en';
import classes from './LiveMark.module.css';

/** Whether what is shown changes by itself at once. */
export function LiveMark({ isLive }: { isLive: boolean }) {
  return (
    <span className={classes.mark} data-live={isLive || undefined} role="status">
      {isLive ? text.values.live : text.values.connecting}
    </span>
  );
}
