import { Button, Group, Modal, NativeSelect, PasswordInput, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState, type ChangeEvent, type FormEvent } from 'react';
import { createDevice, createDeviceWithCredentials } from '../../api/devices';
import { fieldOf, messageOf } from '../../api/errors';
import { ownerGroups } from '../../api/groups';
import { defaultProfile, profileNames } from '../../api/profiles';
import type { Device, EntityGroupInfo, NewDevice } from '../../api/types';
import { keys } from '../../app/keys';
import { CertificateField } from '../../components/CertificateField';
import { ErrorNote } from '../../components/ErrorNote';
import { useInspection } from '../../components/useInspection';
import { useReturnFocus } from '../../components/useReturnFocus';
import { text } from '../../text/en';
import { credentials as credentialsTexts } from '../../text/en/credentials';
import { add as addTexts } from '../../text/en/add';
import classes from './AddDeviceDialog.module.css';

interface Props {
  /** The list it is added from: it comes into this group, and belongs to its owner. */
  group: EntityGroupInfo | undefined;
  onClose: () => void;
  onAdded: (device: Device) => void;
}

type Kind = 'generated' | 'token' | 'basic' | 'certificate';
type Field = 'name' | 'type' | 'label' | 'token' | 'basic' | 'certificate';
interface Basic {
  clientId: string;
  userName: string;
  password: string;
}
type Fault = { field: Field; message: string } | null;

export default function AddDeviceDialog({ group, onClose, onAdded }: Props) {
  useReturnFocus();
  const queryClient = useQueryClient();
  const [name, setName] = useState('');
  const [label, setLabel] = useState('');
  const [chosenProfile, setProfile] = useState<string | null>(null);
  const [groupId, setGroupId] = useState(group?.groupAll === false ? group.id.id : '');
  const [kind, setKind] = useState<Kind>('generated');
  const [token, setToken] = useState('');
  const [basic, setBasic] = useState<Basic>({ clientId: '', userName: '', password: '' });
  const [certificate, setCertificate] = useState('');
  const [fault, setFault] = useState<Fault>(null);
  const narrow = useMediaQuery('(max-width: 480px)') ?? false;
  const form = useRef<HTMLFormElement>(null);
  const inspection = useInspection(kind === 'certificate' ? certificate : '');
  const profiles = useQuery({ queryKey: keys.profiles, queryFn: ({ signal }) => profileNames(signal), staleTime: 60_000 });
  const usual = useQuery({ queryKey: keys.defaultProfile, queryFn: ({ signal }) => defaultProfile(signal), staleTime: 60_000 });
  const profileId = chosenProfile ?? usual.data?.id.id ?? '';
  const owner = group?.ownerId;
  const groups = useQuery({
    queryKey: keys.ownerGroups(owner?.id ?? ''),
    queryFn: ({ signal }) => ownerGroups(owner as EntityGroupInfo['ownerId'], signal),
    enabled: owner !== undefined,
    staleTime: 60_000,
  });

  const fail = (found: Fault) => {
    setFault(found);
    if (found) form.current?.querySelector<HTMLElement>(`[name="${found.field}"]`)?.focus();
  };

  const add = useMutation({
    mutationFn: () => {
      const made: NewDevice = { name: name.trim() };
      if (profileId !== '') made.deviceProfileId = { entityType: 'DEVICE_PROFILE', id: profileId };
      if (owner?.entityType === 'CUSTOMER') made.customerId = { entityType: 'CUSTOMER', id: owner.id };
      if (label.trim() !== '') made.label = label.trim();
      const into = groupId === '' ? undefined : groupId;
      if (kind === 'generated') return createDevice(made, undefined, into);
      if (kind === 'token') return createDevice(made, token.trim(), into);
      if (kind === 'basic') {
        return createDeviceWithCredentials(made, { credentialsType: 'MQTT_BASIC', credentialsValue: JSON.stringify(basic) }, into);
      }
      return createDeviceWithCredentials(made, { credentialsType: 'X509_CERTIFICATE', credentialsValue: certificate }, into);
    },
    onSuccess: (device) => {
      void queryClient.invalidateQueries({ queryKey: keys.lists });
      notifications.show({ message: addTexts.added(device.name) });
      onClose();
      onAdded(device);
    },
    onError: (error) => {
      if (kind === 'basic' && /client ?id|user ?name|password/i.test(messageOf(error))) return fail({ field: 'basic', message: messageOf(error) });
      const field = fieldOf(error);
      const shown = field !== null && !(field === 'token' && kind !== 'token') && !(field === 'certificate' && kind !== 'certificate');
      if (shown) fail({ field, message: messageOf(error) });
    },
  });

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (add.isPending) return;
    add.reset();
    const found = check({ name, kind, token, basic, certificate });
    fail(found);
    if (found === null && !inspection.refused) add.mutate();
  };

  const errorOf = (field: Field) => (fault?.field === field ? fault.message : null);

  return (
    <Modal
      opened
      onClose={onClose}
      title={addTexts.title}
      size="lg"
      closeOnClickOutside={false}
      closeButtonProps={{ 'aria-label': text.common.close }}
    >
      <form ref={form} onSubmit={submit} noValidate autoComplete="off">
        <Stack>
          <TextInput
            name="name"
            label={addTexts.name}
            description={addTexts.nameHint}
            placeholder={addTexts.namePlaceholder}
            maxLength={255}
            required
            withAsterisk={false}
            data-autofocus
            value={name}
            error={errorOf('name')}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <TextInput
            name="label"
            label={<Optional name={addTexts.label} />}
            description={addTexts.labelHint}
            maxLength={255}
            value={label}
            error={errorOf('label')}
            onChange={(event) => setLabel(event.currentTarget.value)}
          />
          <div className={classes.pair}>
            <NativeSelect
              name="type"
              label={addTexts.profile}
              data={profiles.data?.map((profile) => ({ value: profile.id, label: profile.name })) ?? []}
              value={profileId}
              error={errorOf('type')}
              onChange={(event) => setProfile(event.currentTarget.value)}
            />
            <NativeSelect
              label={addTexts.group}
              data={[
                { value: '', label: addTexts.noGroup },
                ...(groups.data ?? []).filter(({ groupAll }) => !groupAll).map((one) => ({ value: one.id.id, label: one.name })),
              ]}
              value={groupId}
              onChange={(event) => setGroupId(event.currentTarget.value)}
            />
          </div>
          <div>
            <Text component="div" id="add-credentials" size="sm" fw={500} mb={4}>
              {addTexts.credentials}
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
                { value: 'generated', label: addTexts.generated },
                { value: 'token', label: addTexts.ownToken },
                { value: 'basic', label: addTexts.basic },
                { value: 'certificate', label: addTexts.certificate },
              ]}
            />
          </div>
          {kind === 'generated' && (
            <Text size="sm" c="dimmed">
              {addTexts.generatedHint}
            </Text>
          )}
          {kind === 'token' && (
            <TextInput
              name="token"
              label={credentialsTexts.token}
              description={addTexts.ownTokenHint}
              spellCheck={false}
              autoComplete="off"
              value={token}
              error={errorOf('token')}
              onChange={(event) => setToken(event.currentTarget.value)}
            />
          )}
          {kind === 'basic' && <BasicFields value={basic} error={errorOf('basic')} onChange={setBasic} />}
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
              {addTexts.submit}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function BasicFields({ value, error, onChange }: { value: Basic; error: string | null; onChange: (value: Basic) => void }) {
  const field = (member: keyof Basic) => ({
    value: value[member],
    maxLength: 255,
    spellCheck: false,
    autoComplete: 'off',
    onChange: (event: ChangeEvent<HTMLInputElement>) => onChange({ ...value, [member]: event.currentTarget.value }),
  });
  return (
    <div>
      <Text size="sm" c="dimmed" mb="xs">
        {addTexts.basicHint}
      </Text>
      <div className={classes.pair}>
        <TextInput name="basic" label={addTexts.clientId} error={error} {...field('clientId')} />
        <TextInput label={addTexts.userName} {...field('userName')} />
        <PasswordInput label={addTexts.password} {...field('password')} autoComplete="new-password" />
      </div>
    </div>
  );
}

function Optional({ name }: { name: string }) {
  return (
    <>
      {name} <span className={classes.optional}>({addTexts.optional})</span>
    </>
  );
}

function check(values: { name: string; kind: Kind; token: string; basic: Basic; certificate: string }): Fault {
  const token = values.token.trim();
  if (values.name.trim() === '') return { field: 'name', message: addTexts.missingName };
  if (values.kind === 'token' && token === '') return { field: 'token', message: addTexts.missingToken };
  if (values.kind === 'token' && token.length > 32) return { field: 'token', message: addTexts.longToken };
  if (values.kind === 'basic' && values.basic.clientId === '' && values.basic.userName === '') {
    return { field: 'basic', message: addTexts.missingBasic };
  }
  if (values.kind === 'certificate' && values.certificate === '') {
    return { field: 'certificate', message: addTexts.missingCertificate };
  }
  return null;
}
