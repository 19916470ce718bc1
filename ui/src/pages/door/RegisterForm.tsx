import { Autocomplete, Button, Stack, Text, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconCircleCheck } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { Link } from 'wouter';
import { deviceNamed, deviceNames } from '../../api/devices';
import { messageOf } from '../../api/errors';
import { profiles } from '../../api/profiles';
import { registerRefused, type Refusal } from '../../api/refusals';
import type { Credentials } from '../../api/types';
import { keys } from '../../app/keys';
import { paths } from '../../app/paths';
import { FilterSelect } from '../../components/FilterSelect';
import { Notice } from '../../components/Notice';
import { operations } from '../../text/en/operations';
import { commonName } from './refusalNames';
import classes from './RegisterForm.module.css';

const text = operations.register;

/** Name an existing device or a new one; the certificate's common name is there already, so that one click does. */
export function RegisterForm({ entry }: { entry: Refusal }) {
  const queryClient = useQueryClient();
  const [name, setName] = useState(() => (entry.subject ? commonName(entry.subject).slice(0, 255) : ''));
  const [profileId, setProfileId] = useState('');
  const [missing, setMissing] = useState(false);
  const wanted = name.trim();
  const [settled] = useDebouncedValue(wanted, 200);
  const found = useQuery({
    queryKey: ['deviceNames', settled],
    queryFn: ({ signal }) => deviceNames(settled, signal),
    placeholderData: (before) => before,
  });
  const same = useQuery({
    queryKey: ['deviceNamed', settled],
    queryFn: ({ signal }) => deviceNamed(settled, signal),
    enabled: settled !== '',
  });
  const isKnown = settled === wanted && wanted !== '' && same.data !== undefined;
  const isNew = isKnown && same.data === null;

  const register = useMutation({
    mutationFn: () => registerRefused(String(entry.number), wanted, isNew ? profileId : ''),
    onSuccess: () => {
      void queryClient.invalidateQueries({ queryKey: keys.lists });
      void queryClient.invalidateQueries({ queryKey: ['device'] });
      void queryClient.invalidateQueries({ queryKey: keys.overview });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setMissing(wanted === '');
    if (wanted !== '' && !register.isPending) register.mutate();
  };

  if (register.data) return <Done name={wanted} credentials={register.data} />;
  return (
    <form onSubmit={submit} noValidate autoComplete="off" className={classes.root} aria-labelledby="register-title">
      <Title order={3} id="register-title" className={classes.title}>
        {text.title}
      </Title>
      <div className={classes.line}>
        <Autocomplete
          className={classes.name}
          label={text.device}
          description={text.hint}
          inputWrapperOrder={['label', 'input', 'error', 'description']}
          maxLength={255}
          limit={8}
          data={found.data ?? []}
          filter={({ options }) => options}
          value={name}
          error={missing && wanted === '' ? text.missing : register.error ? messageOf(register.error) : null}
          onChange={(value) => {
            setName(value);
            register.reset();
          }}
        />
        <Button type="submit" loading={register.isPending} className={classes.submit}>
          {isNew ? text.submitNew : text.submit}
        </Button>
      </div>
      <Text size="sm" role="status" className={classes.effect}>
        {isKnown && (isNew ? text.fresh(wanted) : text.existing(wanted))}
      </Text>
      {isNew && <Profile value={profileId} onChange={setProfileId} />}
    </form>
  );
}

function Profile({ value, onChange }: { value: string; onChange: (id: string) => void }) {
  const query = useQuery({ queryKey: [...keys.profiles, 'ids'], queryFn: ({ signal }) => profiles(signal), staleTime: 60_000 });
  const choices = (query.data ?? []).map((profile) => [profile.id.id, profile.name] as const);
  if (choices.length < 2) return null;
  return (
    <div className={classes.profile}>
      <Text size="sm">{text.profile}</Text>
      <FilterSelect plain label={text.profile} value={value} choices={[['', text.defaultProfile], ...choices]} onChange={onChange} />
    </div>
  );
}

function Done({ name, credentials }: { name: string; credentials: Credentials }) {
  return (
    <Notice kind="good" urgent>
      <Stack gap={8} align="flex-start">
        {text.done(name)}
        <Button
          size="compact-sm"
          variant="default"
          component={Link}
          href={paths.device('all', credentials.deviceId.id, 'connectivity')}
          leftSection={<IconCircleCheck size={15} stroke={1.7} />}
        >
          {text.open}
        </Button>
      </Stack>
    </Notice>
  );
}
