import { Input, NativeSelect, TextInput } from '@mantine/core';
import { useId, useState } from 'react';
import { text } from '../text/en/confirm';
import { secondsOf, unitFor, units, type Unit } from './duration';
import classes from './DurationField.module.css';

interface Props {
  /** Name of the field in the API, for finding it. */
  name: string;
  label: string;
  description: string;
  /** Seconds; null: nothing said. */
  value: number | null;
  placeholder: string;
  error?: string | null;
  /** undefined: what is typed is no number. */
  onChange: (seconds: number | null | undefined) => void;
}

/** A number with its unit. It keeps what is typed; its owner remounts it (by key) to show another value. */
export function DurationField({ name, label, description, value, placeholder, error, onChange }: Props) {
  const id = useId();
  const [unit, setUnit] = useState<Unit>(() => (value === null ? 'min' : unitFor(value)));
  const [amount, setAmount] = useState(() => (value === null ? '' : String(value / units[unitFor(value)])));
  const seconds = secondsOf(amount, unit);
  const fault = error ?? (seconds === undefined ? text.noNumber : null);

  const change = (nextAmount: string, nextUnit: Unit) => {
    setAmount(nextAmount);
    setUnit(nextUnit);
    onChange(secondsOf(nextAmount, nextUnit));
  };

  return (
    <Input.Wrapper
      id={id}
      label={label}
      description={description}
      error={fault}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
    >
      <div className={classes.row}>
        <TextInput
          id={id}
          name={name}
          inputMode="numeric"
          autoComplete="off"
          placeholder={placeholder}
          value={amount}
          error={fault !== null}
          onChange={(event) => change(event.currentTarget.value, unit)}
        />
        <NativeSelect
          aria-label={text.unitOf(label)}
          value={unit}
          data={(Object.keys(units) as Unit[]).map((key) => ({ value: key, label: text.units[key] }))}
          onChange={(event) => change(amount, event.currentTarget.value as Unit)}
        />
      </div>
    </Input.Wrapper>
  );
}
