import { Button, FileButton, Group, Modal, NativeSelect, Stack, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconFileUpload } from '@tabler/icons-react';
import { useEffect, useRef, useState, type DragEvent, type FormEvent } from 'react';
import type { Profile } from '../../api/deviceProfiles';
import { faultAt, messageOf } from '../../api/errors';
import type { PackageKind } from '../../api/packages';
import { ErrorNote } from '../../components/ErrorNote';
import { useReturnFocus } from '../../components/useReturnFocus';
import { text as common } from '../../text/en';
import { text } from '../../text/en/packages';
import classes from './packages.module.css';
import { useUpload, type UploadState } from './useUpload';

const fields = ['title', 'version', 'deviceProfileId', 'file'] as const;
type Field = (typeof fields)[number];

export default function UploadDialog({ profiles, onClose }: { profiles: Profile[]; onClose: () => void }) {
  useReturnFocus();
  const form = useRef<HTMLFormElement>(null);
  const { state, send, stop, forget } = useUpload();
  const [values, setValues] = useState({ title: '', version: '', type: 'FIRMWARE' as PackageKind, deviceProfileId: '' });
  const [file, setFile] = useState<File | null>(null);
  const [missing, setMissing] = useState<Field | null>(null);
  const busy = state.step !== 'form';
  const error = state.step === 'form' ? state.error : null;
  const fault = faultAt(error, fields);
  const errorOf = (field: Field) => (missing === field ? text.missing[field] : fault === field ? messageOf(error) : null);

  const set = (part: Partial<typeof values>) => {
    setValues({ ...values, ...part });
    setMissing(null);
    forget();
  };
  const { title, version } = values;
  useEffect(() => {
    if (state.step !== 'done') return;
    notifications.show({ message: text.uploaded(`${title} ${version}`) });
    onClose();
  }, [state.step, title, version, onClose]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    const absent = (['title', 'version', 'deviceProfileId'] as const).find((name) => values[name].trim() === '') ?? (file === null ? 'file' : null);
    setMissing(absent);
    if (absent !== null) return form.current?.querySelector<HTMLElement>(`[name="${absent}"]`)?.focus();
    const deviceProfileId = { entityType: 'DEVICE_PROFILE', id: values.deviceProfileId } as const;
    void send({ ...values, title: title.trim(), version: version.trim(), deviceProfileId }, file as File);
  };
  const named = (name: 'title' | 'version') => ({
    name,
    label: text[name],
    maxLength: 255,
    disabled: busy,
    value: values[name],
    error: errorOf(name),
    onChange: (event: { currentTarget: { value: string } }) => set({ [name]: event.currentTarget.value }),
  });

  return (
    <Modal
      opened
      onClose={onClose}
      title={text.list.add}
      closeOnClickOutside={false}
      closeOnEscape={!busy}
      withCloseButton={!busy}
      closeButtonProps={{ 'aria-label': common.common.close }}
    >
      <form ref={form} onSubmit={submit} noValidate autoComplete="off">
        <Stack>
          <FileField file={file} error={errorOf('file')} disabled={busy} onChange={setFile} />
          <div className={classes.pair}>
            <TextInput {...named('title')} data-autofocus />
            <TextInput {...named('version')} />
          </div>
          <div className={classes.pair}>
            <NativeSelect
              label={text.type}
              disabled={busy}
              value={values.type}
              data={Object.entries(text.types).map(([value, label]) => ({ value, label }))}
              onChange={(event) => set({ type: event.currentTarget.value as PackageKind })}
            />
            <NativeSelect
              name="deviceProfileId"
              label={text.profile}
              description={text.profileHint}
              inputWrapperOrder={['label', 'input', 'description', 'error']}
              disabled={busy}
              value={values.deviceProfileId}
              data={[{ value: '', label: text.chooseProfile }, ...profiles.map(({ id, name }) => ({ value: id.id, label: name }))]}
              error={errorOf('deviceProfileId')}
              onChange={(event) => set({ deviceProfileId: event.currentTarget.value })}
            />
          </div>
          {error !== null && fault === null && <ErrorNote error={error} />}
          <Progress state={state} size={file?.size ?? 0} />
          <Group justify="flex-end">
            <Button variant="default" onClick={state.step === 'sending' ? stop : onClose} disabled={state.step === 'summing'}>
              {state.step === 'sending' ? text.stop : common.common.cancel}
            </Button>
            <Button type="submit" loading={busy}>
              {text.list.add}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

interface FileProps {
  file: File | null;
  error: string | null;
  disabled: boolean;
  onChange: (file: File | null) => void;
}

function FileField({ file, error, disabled, onChange }: FileProps) {
  const [dragging, setDragging] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setDragging(false);
    if (!disabled) onChange(event.dataTransfer.files[0] ?? null);
  };
  const over = (event: DragEvent) => {
    event.preventDefault();
    setDragging(true);
  };
  return (
    <div>
      <div className={classes.label} id="package-file">
        {text.file}
      </div>
      <div
        className={classes.drop}
        data-dragging={dragging || undefined}
        data-wrong={error !== null || undefined}
        onDragOver={over}
        onDragLeave={() => setDragging(false)}
        onDrop={drop}
      >
        <FileButton onChange={onChange} disabled={disabled}>
          {(props) => (
            <Button {...props} name="file" aria-describedby="package-file" variant="default" size="xs" disabled={disabled} leftSection={<IconFileUpload size={15} />}>
              {text.choose}
            </Button>
          )}
        </FileButton>
        <span className={classes.name}>
          {file === null ? <span className={classes.dim}>{text.dropHint}</span> : `${file.name}, ${text.bytes(file.size)}`}
        </span>
      </div>
      {error !== null && (
        <p className={classes.error} role="alert">
          {error}
        </p>
      )}
    </div>
  );
}

function Progress({ state, size }: { state: UploadState; size: number }) {
  if (state.step === 'form' || state.step === 'done') return null;
  const sent = state.step === 'sending' ? Math.min(state.sent, size) : 0;
  const percent = size === 0 ? 0 : Math.floor((sent / size) * 100);
  const label = state.step === 'summing' ? text.summing : percent < 100 ? text.sending(percent) : text.checking;
  return (
    <div>
      <progress className={classes.progress} max={100} value={state.step === 'summing' ? undefined : percent} aria-label={label} />
      <div className={classes.sum} role="status">
        {label}
      </div>
      {state.step === 'sending' && state.checksum !== null && (
        <div className={classes.sum} title={text.sha256Hint}>
          {text.sha256} <span className={classes.mono}>{state.checksum}</span>
        </div>
      )}
    </div>
  );
}
