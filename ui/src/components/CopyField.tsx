import classes from './CopyField.module.css';
import { CopyButton } from './CopyButton';

/** A short value to read and copy, such as an id. */
export function CopyField({ label, value }: { label: string; value: string }) {
  return (
    <div className={classes.root}>
      <span className={classes.label}>{label}</span>
      <code className={classes.value}>{value}</code>
      <CopyButton value={value} what={label.toLowerCase()} />
    </div>
  );
}
