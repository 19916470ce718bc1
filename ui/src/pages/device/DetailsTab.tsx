import { Button, Checkbox, Group, Stack, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { device as readDevice, saveDevice } from '../../api/devices';
import { ApiError, ErrorCode, fieldOf, messageOf } from '../../api/errors';
import { extraOf, type Device, type DeviceInfo } from '../../api/types';
import { keys } from '../../app/keys';
import { CopyField } from '../../components/CopyField';
import { ErrorNote } from '../../components/ErrorNote';
import { PageLoader } from '../../components/PageLoader';
import { TimeAgo } from '../../components/TimeAgo';
import { text } from '../../text/en';
import { add as addTexts } from '../../text/en/add';
import { dateTime, exact } from '../../text/time';
import classes from './DetailsTab.module.css';

interface Props {
  deviceId: string;
  info: DeviceInfo | undefined;
  onDelete: () => void;
}

interface Values {
  name: string;
  label: string;
  description: string;
  gateway: boolean;
}

/** Edits begun on `base`, so that saving over someone else's newer state is noticed by its version. */
type Draft = Values & { base: Device };

const valuesOf = (device: Device): Values => ({
  name: device.name,
  label: device.label ?? '',
  description: extraOf(device).description ?? '',
  gateway: extraOf(device).gateway ?? false,
});

export function DetailsTab({ deviceId, info, onDelete }: Props) {
  const record = useQuery({
    queryKey: keys.deviceRecord(deviceId),
    queryFn: ({ signal }) => readDevice(deviceId, signal),
  });
  if (record.data) {
    return (
      <Stack gap="xl">
        <DetailsForm device={record.data} />
        <Identity device={record.data} info={info} />
        <section className={classes.danger}>
          <p>{text.details.dangerText}</p>
          <Button variant="outline" color="var(--mantine-color-error)" size="xs" onClick={onDelete}>
            {text.list.delete}
          </Button>
        </section>
      </Stack>
    );
  }
  return record.error ? <ErrorNote error={record.error} onRetry={() => void record.refetch()} /> : <PageLoader />;
}

function DetailsForm({ device }: { device: Device }) {
  const queryClient = useQueryClient();
  const [draft, setDraft] = useState<Draft | null>(null);
  const [missingName, setMissingName] = useState(false);
  const values = draft ?? valuesOf(device);

  const save = useMutation({
    mutationFn: ({ base, name, label, description, gateway }: Draft) =>
      saveDevice({ ...base, name: name.trim(), label: label.trim(), additionalInfo: { ...base.additionalInfo, description, gateway } }),
    onSuccess: (saved) => {
      queryClient.setQueryData(keys.deviceRecord(saved.id.id), saved);
      setDraft(null);
      void queryClient.invalidateQueries({ queryKey: keys.device(saved.id.id), exact: true });
      void queryClient.invalidateQueries({ queryKey: keys.lists });
    },
  });

  const change = (part: Partial<Values>) => {
    setDraft({ ...values, base: draft?.base ?? device, ...part });
    setMissingName(false);
    if (!save.isPending) save.reset();
  };

  const reload = () => {
    setDraft(null);
    save.reset();
    void queryClient.invalidateQueries({ queryKey: keys.device(device.id.id) });
  };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (draft === null || save.isPending) return;
    if (draft.name.trim() === '') setMissingName(true);
    else save.mutate(draft);
  };

  const field = fieldOf(save.error);
  const conflict = save.error instanceof ApiError && save.error.code === ErrorCode.versionConflict;
  const errorOf = (name: string) => (field === name && !conflict ? messageOf(save.error) : null);
  const elsewhere = save.error !== null && !conflict && field !== 'name' && field !== 'label';

  return (
    <form onSubmit={submit} noValidate autoComplete="off">
      <Stack>
        <TextInput
          label={text.list.name}
          maxLength={255}
          value={values.name}
          error={missingName ? addTexts.missingName : errorOf('name')}
          onChange={(event) => change({ name: event.currentTarget.value })}
        />
        <TextInput
          label={addTexts.label}
          maxLength={255}
          value={values.label}
          error={errorOf('label')}
          onChange={(event) => change({ label: event.currentTarget.value })}
        />
        <Textarea
          label={text.details.description}
          autosize
          minRows={2}
          maxRows={8}
          value={values.description}
          onChange={(event) => change({ description: event.currentTarget.value })}
        />
        <Checkbox
          label={text.details.gateway}
          description={text.details.gatewayHint}
          checked={values.gateway}
          onChange={(event) => change({ gateway: event.currentTarget.checked })}
        />
        {elsewhere && <ErrorNote error={save.error} />}
        {conflict && (
          <div>
            <ErrorNote error={save.error} />
            <Button mt="xs" size="xs" variant="default" onClick={reload}>
              {text.common.reload}
            </Button>
          </div>
        )}
        <Group>
          <Button type="submit" disabled={draft === null} loading={save.isPending}>
            {text.common.save}
          </Button>
          {draft !== null && (
            <Button variant="subtle" color="gray" onClick={reload}>
              {text.common.discard}
            </Button>
          )}
          <span role="status" className={classes.saved}>
            {save.isSuccess && draft === null && text.common.saved}
          </span>
        </Group>
      </Stack>
    </form>
  );
}

function Identity({ device, info }: { device: Device; info: DeviceInfo | undefined }) {
  return (
    <section className={classes.identity} aria-label={text.details.identity}>
      <CopyField label={text.details.deviceId} value={device.id.id} />
      {device.deviceProfileId && <CopyField label={text.details.profileId} value={device.deviceProfileId.id} />}
      <div className={classes.fact}>
        <span>{text.details.created}</span>
        <time title={exact(device.createdTime)}>{dateTime(device.createdTime)}</time>
      </div>
      <div className={classes.fact}>
        <span>{text.details.lastActivity}</span>
        <TimeAgo ts={info?.lastActivityTime} />
      </div>
    </section>
  );
}
