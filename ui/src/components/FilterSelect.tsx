import { IconChevronDown } from '@tabler/icons-react';
import classes from './FilterSelect.module.css';

interface Props {
  label: string;
  value: string;
  /** Value and what is said for it; the first one means "no filter". */
  choices: readonly (readonly [value: string, name: string])[];
  onChange: (value: string) => void;
  /** In a form: the choice is not pointed out. */
  plain?: boolean;
}

/** A small choice above a list. The browser's own select: works by keyboard and on phones as people know it. */
export function FilterSelect({ label, value, choices, onChange, plain = false }: Props) {
  const known = choices.some(([name]) => name === value);
  return (
    <span className={classes.root} data-set={(!plain && value !== choices[0]?.[0]) || undefined}>
      <select aria-label={label} className={classes.select} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {!known && <option value={value}>{value}</option>}
        {choices.map(([name, said]) => (
          <option key={name} value={name}>
            {said}
          </option>
        ))}
      </select>
      <IconChevronDown size={15} stroke={1.8} className={classes.arrow} aria-hidden />
    </span>
  );
}
