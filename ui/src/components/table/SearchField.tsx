import { CloseButton, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { text } from '../../text/en';
import classes from './SearchField.module.css';

const PAUSE = 300;

interface Props {
  label: string;
  placeholder?: string;
  value: string;
  onChange: (value: string) => void;
}

/** The server searches, so a short pause in typing is waited for. */
export function SearchField({ label, placeholder, value, onChange }: Props) {
  const [typed, setTyped] = useState(value);
  const field = useRef<HTMLInputElement>(null);
  const sent = useRef(value);

  useEffect(() => {
    // Changed from outside, as by the back button.
    if (value !== sent.current) {
      sent.current = value;
      setTyped(value);
    }
  }, [value]);

  const report = useRef(onChange);
  useEffect(() => {
    report.current = onChange;
  });

  const typedTrimmed = typed.trim();
  useEffect(() => {
    if (typedTrimmed === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = typedTrimmed;
      report.current(typedTrimmed);
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [typedTrimmed]);

  return (
    <TextInput
      ref={field}
      className={classes.root}
      type="text"
      role="searchbox"
      aria-label={label}
      placeholder={placeholder}
      leftSection={<IconSearch size={17} stroke={1.7} aria-hidden />}
      value={typed}
      maxLength={255}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && typed !== '') setTyped('');
      }}
      rightSection={
        typed !== '' && (
          <CloseButton
            size="sm"
            aria-label={text.table.clearSearch}
            onClick={() => {
              setTyped('');
              field.current?.focus();
            }}
          />
        )
      }
    />
  );
}
