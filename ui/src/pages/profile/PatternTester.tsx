import { TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { tryNamePattern } from '../../api/deviceProfiles';
import { messageOf } from '../../api/errors';
import { text } from '../../text/en/profiles';
import classes from './profile.module.css';

/** Asks the server what the pattern makes of a common name: the very code that will judge at the door. */
export function PatternTester({ pattern }: { pattern: string }) {
  const [commonName, setCommonName] = useState('');
  const asked = `${pattern}\n${commonName}`;
  const [settled] = useDebouncedValue(asked, 250);
  const ready = pattern !== '' && commonName !== '';
  const found = useQuery({
    queryKey: ['namePattern', pattern, commonName],
    queryFn: ({ signal }) => tryNamePattern(pattern, commonName, signal),
    enabled: ready && settled === asked,
    gcTime: 0,
  });
  const problem = found.data?.problem ?? (found.error === null ? null : messageOf(found.error));

  return (
    <div className={classes.tester} role="group" aria-label={text.provision.tester}>
      <TextInput
        label={text.provision.commonName}
        placeholder={text.provision.commonNamePlaceholder}
        autoComplete="off"
        spellCheck={false}
        maxLength={255}
        value={commonName}
        onChange={(event) => setCommonName(event.currentTarget.value)}
      />
      <dl className={classes.result} aria-live="polite">
        <dt>{text.provision.result}</dt>
        {!ready ? (
          <dd>–</dd>
        ) : problem !== null ? (
          <dd data-kind="problem">{problem}</dd>
        ) : found.data?.name != null ? (
          <dd data-kind="name">{found.data.name}</dd>
        ) : (
          <dd>{text.provision.trying}</dd>
        )}
      </dl>
    </div>
  );
}
