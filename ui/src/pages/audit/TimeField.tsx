import classes from './TimeField.module.css';

interface Props {
  label: string;
  /** Milliseconds since 1970 as text; empty: not set. */
  value: string;
  onChange: (value: string) => void;
}

/** A moment in this computer's time zone; the address has it in UTC, so that a link means the same everywhere. */
export function TimeField({ label, value, onChange }: Props) {
  return (
    <label className={classes.root} data-set={value !== '' || undefined}>
      <span className={classes.label}>{label}</span>
      <input
        type="datetime-local"
        className={classes.input}
        value={local(value)}
        onChange={(event) => {
          const ts = new Date(event.currentTarget.value).getTime();
          onChange(Number.isNaN(ts) ? '' : String(ts));
        }}
      />
    </label>
  );
}

function local(value: string): string {
  const ts = Number(value);
  if (value === '' || !Number.isFinite(ts)) return '';
  const at = new Date(ts);
  if (Number.isNaN(at.getTime())) return '';
  return new Date(ts - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
