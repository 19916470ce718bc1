import classes from './ProgressBar.module.css';

interface Props {
  /** null: under way, nobody knows how far. */
  value: number | null;
  max: number;
  label: string;
}

export function ProgressBar({ value, max, label }: Props) {
  return (
    <div className={classes.root}>
      <progress className={classes.bar} aria-label={label} max={max} {...(value !== null && { value })} />
      <span className={classes.label} role="status">
        {label}
      </span>
    </div>
  );
}
