import { Button, Checkbox, Group, Modal, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { makeApiKey, type ApiKeyMade, type ApiScope } from '../../api/apiKeys';
import { CopyField } from '../../components/CopyField';
import { ErrorNote } from '../../components/ErrorNote';
import { FilterSelect } from '../../components/FilterSelect';
import { Notice } from '../../components/Notice';
import { useReturnFocus } from '../../components/useReturnFocus';
import { text as common } from '../../text/en';
import { operations } from '../../text/en/operations';
import { DAY } from '../../text/time';
import classes from './AddKeyDialog.module.css';

const text = operations.addKey;
const areas = ['devices', 'telemetry', 'rpc', 'admin'] as const;
const rights = ['read', 'write'] as const;

/** Makes a key, then shows it: the only time that it can be read. */
export default function AddKeyDialog({ onClose, onMade }: { onClose: () => void; onMade: () => void }) {
  useReturnFocus();
  const [made, setMade] = useState<ApiKeyMade | null>(null);
  return (
    <Modal
      opened
      onClose={onClose}
      title={made ? text.madeTitle : text.title}
      size="lg"
      closeOnClickOutside={false}
      closeOnEscape={made === null}
      closeButtonProps={{ 'aria-label': common.common.close }}
    >
      {made ? (
        <Made apiKey={made} onClose={onClose} />
      ) : (
        <Form
          onClose={onClose}
          onMade={(key) => {
            setMade(key);
            onMade();
          }}
        />
      )}
    </Modal>
  );
}

function Form({ onClose, onMade }: { onClose: () => void; onMade: (key: ApiKeyMade) => void }) {
  const [description, setDescription] = useState('');
  const [kind, setKind] = useState<'some' | 'all'>('some');
  const [scopes, setScopes] = useState<ReadonlySet<ApiScope>>(new Set(['devices:read', 'telemetry:read']));
  const [days, setDays] = useState('90');
  const [fault, setFault] = useState<'description' | 'scopes' | null>(null);
  const make = useMutation({
    mutationFn: () =>
      makeApiKey({
        description: description.trim(),
        expirationTime: days === '0' ? 0 : Date.now() + Number(days) * DAY,
        ...(kind === 'some' && { scopes: [...scopes] }),
      }),
    onSuccess: onMade,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = description.trim() === '' ? 'description' : kind === 'some' && scopes.size === 0 ? 'scopes' : null;
    setFault(found);
    if (found === null && !make.isPending) make.mutate();
  };
  const toggle = (scope: ApiScope, chosen: boolean) => {
    const next = new Set(scopes);
    if (chosen) next.add(scope);
    else next.delete(scope);
    setScopes(next);
  };

  return (
    <form onSubmit={submit} noValidate autoComplete="off">
      <Stack>
        <TextInput
          label={text.description}
          description={text.descriptionHint}
          placeholder={text.placeholder}
          maxLength={255}
          data-autofocus
          value={description}
          error={fault === 'description' ? text.missing : null}
          onChange={(event) => {
            setDescription(event.currentTarget.value);
            setFault(null);
          }}
        />
        <div>
          <Text component="div" id="key-rights" size="sm" fw={500} mb={4}>
            {text.what}
          </Text>
          <SegmentedControl
            fullWidth
            aria-labelledby="key-rights"
            value={kind}
            onChange={(value) => setKind(value as 'some' | 'all')}
            data={[
              { value: 'some', label: text.some },
              { value: 'all', label: text.all },
            ]}
          />
        </div>
        {kind === 'some' && <Scopes chosen={scopes} onToggle={toggle} />}
        {fault === 'scopes' && (
          <Text size="sm" c="var(--mantine-color-error)" role="alert">
            {text.missingScopes}
          </Text>
        )}
        <div>
          <Text component="div" size="sm" fw={500} mb={4}>
            {text.expires}
          </Text>
          <FilterSelect
            plain
            label={text.expires}
            value={days}
            choices={text.periods.map(([n, said]) => [String(n), said] as const)}
            onChange={setDays}
          />
        </div>
        {make.error !== null && <ErrorNote error={make.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {common.common.cancel}
          </Button>
          <Button type="submit" loading={make.isPending}>
            {text.submit}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Scopes({ chosen, onToggle }: { chosen: ReadonlySet<ApiScope>; onToggle: (scope: ApiScope, chosen: boolean) => void }) {
  return (
    <table className={classes.scopes}>
      <tbody>
        {areas.map((area) => (
          <tr key={area}>
            <th scope="row">{text.areas[area]}</th>
            {rights.map((right) => (
              <td key={right}>
                <Checkbox
                  size="sm"
                  label={text.rights[right]}
                  aria-label={`${text.areas[area]}: ${text.rights[right]}`}
                  checked={chosen.has(`${area}:${right}`)}
                  onChange={(event) => onToggle(`${area}:${right}`, event.currentTarget.checked)}
                />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Made({ apiKey, onClose }: { apiKey: ApiKeyMade; onClose: () => void }) {
  const call = `curl -H "X-Authorization: ApiKey ${apiKey.value}" ${window.location.origin}/api/auth/user`;
  return (
    <Stack>
      <Notice kind="warn" urgent>
        {text.once}
      </Notice>
      <CopyField label={text.key} value={apiKey.value} />
      <div>
        <Text size="sm" mb={4}>
          {text.use}
        </Text>
        <pre className={classes.call} tabIndex={0}>
          {call}
        </pre>
      </div>
      <Group justify="flex-end">
        <Button onClick={onClose} data-autofocus>
          {text.done}
        </Button>
      </Group>
    </Stack>
  );
}
