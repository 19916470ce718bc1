import classes from './ValueText.module.css';

/** A value of telemetry or an attribute, drawn by its type. */
export function ValueText({ value }: { value: unknown }) {
  const shown = typeof value === 'string' ? value : JSON.stringify(value);
  return (
    <span className={classes.root} data-type={value === null ? 'null' : typeof value}>
      {shown}
    </span>
  );
}
