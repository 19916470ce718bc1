import { Button, Checkbox, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { ApiError, ErrorCode, messageOf } from '../../api/errors';
import { saveForwarding, type Forwarding } from '../../api/forwarding';
import { profiles } from '../../api/profiles';
import { keys } from '../../app/keys';
import { CopyButton } from '../../components/CopyButton';
import { ErrorNote } from '../../components/ErrorNote';
import { FilterSelect } from '../../components/FilterSelect';
import { Notice } from '../../components/Notice';
import { useReturnFocus } from '../../components/useReturnFocus';
import { text as common } from '../../text/en';
import { operations } from '../../text/en/operations';
import classes from './parts.module.css';

const text = operations.endpoint;
const kinds = ['telemetry', 'attributes', 'lifecycle'] as const;

interface Props {
  /** null: a new one. */
  forwarding: Forwarding | null;
  onClose: () => void;
  onSaved: () => void;
}

export default function EndpointDialog({ forwarding, onClose, onSaved }: Props) {
  useReturnFocus();
  const [name, setName] = useState(forwarding?.name ?? '');
  const [url, setUrl] = useState(forwarding?.url ?? '');
  const [secret, setSecret] = useState('');
  const [sent, setSent] = useState({
    telemetry: forwarding?.telemetry ?? true,
    attributes: forwarding?.attributes ?? false,
    lifecycle: forwarding?.lifecycle ?? true,
  });
  const [profileId, setProfileId] = useState(forwarding?.deviceProfileId?.id ?? '');
  const list = useQuery({ queryKey: [...keys.profiles, 'ids'], queryFn: ({ signal }) => profiles(signal), staleTime: 60_000 });
  const save = useMutation({
    mutationFn: () =>
      saveForwarding({
        ...(forwarding && { id: forwarding.id, version: forwarding.version }),
        name: name.trim(),
        url: url.trim(),
        ...(secret !== '' && { secret }),
        ...sent,
        deviceProfileId: profileId === '' ? null : { entityType: 'DEVICE_PROFILE', id: profileId },
      }),
    onSuccess: (saved) => {
      onClose();
      onSaved();
      notifications.show({ message: operations.forwarding.saved(saved.name) });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!save.isPending) save.mutate();
  };
  const field = fieldOf(save.error);
  const errorOf = (wanted: string) => (field === wanted ? messageOf(save.error) : null);

  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={forwarding ? text.editTitle : text.addTitle}
      closeOnClickOutside={false}
      closeButtonProps={{ 'aria-label': common.common.close }}
    >
      <form onSubmit={submit} noValidate autoComplete="off">
        <Stack>
          <TextInput label={text.name} maxLength={255} data-autofocus value={name} error={errorOf('name')} onChange={(event) => setName(event.currentTarget.value)} />
          <TextInput
            label={text.url}
            description={text.urlHint}
            type="url"
            placeholder="https://events.example.com/postern"
            value={url}
            error={errorOf('url')}
            onChange={(event) => setUrl(event.currentTarget.value)}
          />
          <div>
            <TextInput
              label={text.secret}
              description={forwarding ? `${text.secretHint} ${text.secretKept}` : text.secretHint}
              spellCheck={false}
              maxLength={255}
              value={secret}
              error={errorOf('secret')}
              onChange={(event) => setSecret(event.currentTarget.value)}
              rightSection={secret !== '' && <CopyButton value={secret} what={text.secret.toLowerCase()} />}
            />
            <Button mt={8} size="compact-sm" variant="default" onClick={() => setSecret(randomSecret())}>
              {text.generate}
            </Button>
          </div>
          <fieldset style={{ border: 0, margin: 0, padding: 0 }}>
            <Text component="legend" size="sm" fw={500} mb={8} p={0}>
              {text.what}
            </Text>
            <Stack gap={10}>
              {kinds.map((kind) => (
                <Checkbox
                  key={kind}
                  size="sm"
                  label={text.kinds[kind]}
                  checked={sent[kind]}
                  onChange={(event) => setSent({ ...sent, [kind]: event.currentTarget.checked })}
                />
              ))}
            </Stack>
          </fieldset>
          <div>
            <Text size="sm" fw={500} mb={4}>
              {text.profile}
            </Text>
            <FilterSelect
              plain
              label={text.profile}
              value={profileId}
              choices={[['', text.allDevices], ...(list.data ?? []).map((profile) => [profile.id.id, profile.name] as const)]}
              onChange={setProfileId}
            />
          </div>
          {save.error !== null && field === null && (isConflict(save.error) ? <Notice kind="bad">{text.conflict}</Notice> : <ErrorNote error={save.error} />)}
          <Group justify="flex-end" className={classes.buttons}>
            <Button variant="default" onClick={onClose}>
              {common.common.cancel}
            </Button>
            <Button type="submit" loading={save.isPending}>
              {text.submit}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

const isConflict = (error: unknown): boolean => error instanceof ApiError && error.code === ErrorCode.versionConflict;

/** The sentence of the server begins with the field that it is about. */
function fieldOf(error: unknown): string | null {
  if (!(error instanceof ApiError)) return null;
  return error.field ?? /^(name|url|secret)\b/.exec(error.message)?.[1] ?? null;
}

function randomSecret(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(24)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
