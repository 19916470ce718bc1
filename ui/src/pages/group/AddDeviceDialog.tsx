import { Autocomplete, Button, Group, Modal, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState, type FormEvent } from 'react';
import { createDevice, createDeviceWithCredentials } from '../../api/devices';
import { fieldOf, messageOf } from '../../api/errors';
import { profileNames } from '../../api/profiles';
import type { Device, NewDevice } from '../../api/types';
import { keys } from '../../app/keys';
import { CertificateField } from '../../components/CertificateField';
import { ErrorNote } from '../../components/ErrorNote';
import { useInspection } from '../../components/useInspection';
import { useReturnFocus } from '../../components/useReturnFocus';
import { text } from '../../text/en';
import classes from './AddDeviceDialog.module.css';

interface Props {
  onClose: () => void;
  onAdded: (device: Device) => void;
}

type Kind = 'generated' | 'token' | 'certificate';
type Field = 'name' | 'type' | 'label' | 'token' | 'certificate';
type Fault = { field: Field; message: string } | null;

export default function AddDeviceDialog({ onClose, onAdded }: Props) {
  useReturnFocus();
  const queryClient = useQueryClient();
  const [name, setName] = useState('');
  const [label, setLabel] = useState('');
  const [type, setType] = useState('default');
  const [kind, setKind] = useState<Kind>('generated');
  const [token, setToken] = useState('');
  const [certificate, setCertificate] = useState('');
  const [fault, setFault] = useState<Fault>(null);
  const narrow = useMediaQuery('(max-width: 480px)') ?? false;
  const form = useRef<HTMLFormElement>(null);
  const inspection = useInspection(kind === 'certificate' ? certificate : '');
  const profiles = useQuery({ queryKey: keys.profiles, queryFn: ({ signal }) => profileNames(signal), staleTime: 60_000 });

  const fail = (found: Fault) => {
    setFault(found);
    if (found) form.current?.querySelector<HTMLElement>(`[name="${found.field}"]`)?.focus();
  };

  const add = useMutation({
    mutationFn: () => {
      const made: NewDevice = { name: name.trim() };
      if (type.trim() !== '') made.type = type.trim();
      if (label.trim() !== '') made.label = label.trim();
      if (kind === 'generated') return createDevice(made);
      if (kind === 'token') return createDevice(made, token.trim());
      return createDeviceWithCredentials(made, { credentialsType: 'X509_CERTIFICATE', credentialsValue: certificate });
    },
    onSuccess: (device) => {
      void queryClient.invalidateQueries({ queryKey: keys.lists });
      notifications.show({ message: text.add.added(device.name) });
      onClose();
      onAdded(device);
    },
    onError: (error) => {
      const field = fieldOf(error);
      const shown = field !== null && !(field === 'token' && kind !== 'token') && !(field === 'certificate' && kind !== 'certificate');
      if (shown) fail({ field, message: messageOf(error) });
    },
  });

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (add.isPending) return;
    add.reset();
    const found = check({ name, kind, token, certificate });
    fail(found);
    if (found === null && !inspection.refused) add.mutate();
  };

  const errorOf = (field: Field) => (fault?.field === field ? fault.message : null);

  return (
    <Modal
      opened
      onClose={onClose}
      title={text.add.title}
      size="lg"
      closeOnClickOutside={false}
      closeButtonProps={{ 'aria-label': text.common.close }}
    >
      <form ref={form} onSubmit={submit} noValidate autoComplete="off">
        <Stack>
          <TextInput
            name="name"
            label={text.add.name}
            description={text.add.nameHint}
            placeholder={text.add.namePlaceholder}
            maxLength={255}
            required
            withAsterisk={false}
            data-autofocus
            value={name}
            error={errorOf('name')}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <div className={classes.pair}>
            <TextInput
              name="label"
              label={<Optional name={text.add.label} />}
              description={text.add.labelHint}
              maxLength={255}
              value={label}
              error={errorOf('label')}
              onChange={(event) => setLabel(event.currentTarget.value)}
            />
            <Autocomplete
              name="type"
              label={text.add.type}
              description={text.add.typeHint}
              inputWrapperOrder={['label', 'input', 'description', 'error']}
              maxLength={255}
              data={profiles.data ?? []}
              value={type}
              error={errorOf('type')}
              onChange={setType}
            />
          </div>
          <div>
            <Text component="div" id="add-credentials" size="sm" fw={500} mb={4}>
              {text.add.credentials}
            </Text>
            <SegmentedControl
              fullWidth
              orientation={narrow ? 'vertical' : 'horizontal'}
              aria-labelledby="add-credentials"
              value={kind}
              onChange={(value) => {
                setKind(value as Kind);
                setFault(null);
              }}
              data={[
                { value: 'generated', label: text.add.generated },
                { value: 'token', label: text.add.ownToken },
                { value: 'certificate', label: text.add.certificate },
              ]}
            />
          </div>
          {kind === 'generated' && (
            <Text size="sm" c="dimmed">
              {text.add.generatedHint}
            </Text>
          )}
          {kind === 'token' && (
            <TextInput
              name="token"
              label={text.credentials.token}
              description={text.add.ownTokenHint}
              spellCheck={false}
              autoComplete="off"
              value={token}
              error={errorOf('token')}
              onChange={(event) => setToken(event.currentTarget.value)}
            />
          )}
          {kind === 'certificate' && (
            <CertificateField
              value={certificate}
              onChange={(value) => {
                setCertificate(value);
                setFault(null);
              }}
              inspection={inspection}
              error={errorOf('certificate')}
            />
          )}
          {add.error !== null && fault === null && <ErrorNote error={add.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {text.common.cancel}
            </Button>
            <Button type="submit" loading={add.isPending} disabled={inspection.refused}>
              {text.add.submit}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function Optional({ name }: { name: string }) {
  return (
    <>
      {name} <span className={classes.optional}>({text.add.optional})</span>
    </>
  );
}

function check(values: { name: string; kind: Kind; token: string; certificate: string }): Fault {
  const token = values.token.trim();
  if (values.name.trim() === '') return { field: 'name', message: text.add.missingName };
  if (values.kind === 'token' && token === '') return { field: 'token', message: text.add.missingToken };
  if (values.kind === 'token' && token.length > 32) return { field: 'token', message: text.add.longToken };
  if (values.kind === 'certificate' && values.certificate === '') {
    return { field: 'certificate', message: text.add.missingCertificate };
  }
  return null;
}
