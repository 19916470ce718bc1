import { values as valuesTexts } from '../text/en/values';
import classes from './LiveMark.module.css';

/** Whether what is shown changes by itself at once. */
export function LiveMark({ isLive }: { isLive: boolean }) {
  return (
    <span className={classes.mark} data-live={isLive || undefined} role="status">
      {isLive ? valuesTexts.live : valuesTexts.connecting}
    </span>
  );
}
