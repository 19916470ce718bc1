import { Autocomplete, Button, Group, Modal, NativeSelect, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState, type FormEvent } from 'react';
import { changeFleet, type Fleet, type FleetAction, type FleetOutcome } from '../../api/fleet';
import { ownerGroups, saveGroup } from '../../api/groups';
import { profileNames } from '../../api/profiles';
import type { EntityGroupInfo } from '../../api/types';
import { keys } from '../../app/keys';
import { ErrorNote } from '../../components/ErrorNote';
import { Notice } from '../../components/Notice';
import { ProgressBar } from '../../components/ProgressBar';
import { useReturnFocus } from '../../components/useReturnFocus';
import { text } from '../../text/en';
import { bulk } from '../../text/en/bulk';
import classes from './FleetDialog.module.css';

export type FleetTask = FleetAction['action'];

interface Props {
  task: FleetTask;
  group: EntityGroupInfo;
  fleet: Fleet;
  count: number;
  onClose: () => void;
  /** Some or all were changed, and nothing is left to be read. */
  onDone: () => void;
}

/** Asks what is missing, says what will happen to how many, does it, and tells of each device that refused. */
export function FleetDialog({ task, group, fleet, count, onClose, onDone }: Props) {
  useReturnFocus();
  const queryClient = useQueryClient();
  const [choice, setChoice] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const [progress, setProgress] = useState<FleetOutcome | null>(null);
  const stop = useRef(new AbortController());
  const owner = group.ownerId;
  const groups = useQuery({
    queryKey: keys.ownerGroups(owner.id),
    queryFn: ({ signal }) => ownerGroups(owner, signal),
    enabled: task === 'addToGroup',
  });
  const profiles = useQuery({ queryKey: keys.profiles, queryFn: ({ signal }) => profileNames(signal), enabled: task === 'profile' });
  const others = groups.data?.filter(({ groupAll, id }) => !groupAll && id.id !== group.id.id) ?? [];
  const known = others.find(({ name }) => name === choice.trim());

  const actionOf = async (): Promise<FleetAction> => {
    if (task === 'delete') return { action: task };
    if (task === 'profile') return { action: task, deviceProfileId: choice };
    if (task === 'removeFromGroup') return { action: task, entityGroupId: group.id.id };
    const target = known ?? (await saveGroup({ type: 'DEVICE', name: choice.trim(), ownerId: owner }));
    return { action: task, entityGroupId: target.id.id };
  };

  const change = useMutation({
    mutationFn: async () => changeFleet(await actionOf(), fleet, setProgress, stop.current.signal),
    onSettled: () => {
      for (const queryKey of [keys.lists, keys.groups, keys.ownerGroups(owner.id), keys.devices]) void queryClient.invalidateQueries({ queryKey });
    },
    onSuccess: ({ changed, failed }) => {
      if (stop.current.signal.aborted) notifications.show({ message: bulk.stopped(changed) });
      else if (failed === 0) notifications.show({ message: bulk.done[task](changed) });
      if (failed === 0) {
        onClose();
        onDone();
      }
    },
  });

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const missing = { addToGroup: bulk.groupMissing, profile: bulk.profileMissing }[task as string];
    setFault(missing !== undefined && choice.trim() === '' ? missing : null);
    if (missing === undefined || choice.trim() !== '') change.mutate();
  };

  const close = () => {
    if (change.isPending) return;
    onClose();
    if (change.isSuccess) onDone();
  };

  return (
    <Modal
      opened
      onClose={close}
      title={titleOf(task, count, group.name)}
      closeOnClickOutside={!change.isPending}
      closeButtonProps={{ 'aria-label': text.common.close }}
    >
      <form onSubmit={submit} noValidate autoComplete="off">
        <Stack>
          {task === 'addToGroup' && (
            <Autocomplete
              label={bulk.group}
              description={choice.trim() === '' || known ? bulk.groupHint : bulk.groupNew(choice.trim())}
              inputWrapperOrder={['label', 'input', 'description', 'error']}
              maxLength={255}
              limit={50}
              data-autofocus
              data={others.map(({ name }) => name)}
              value={choice}
              error={fault}
              disabled={change.isPending || change.isSuccess}
              onChange={setChoice}
            />
          )}
          {task === 'profile' && (
            <NativeSelect
              label={text.filters.profile}
              description={bulk.profileText}
              inputWrapperOrder={['label', 'input', 'description', 'error']}
              data-autofocus
              data={[
                { value: '', label: bulk.profileChoose },
                ...(profiles.data ?? []).map(({ id, name }) => ({ value: id, label: name })),
              ]}
              value={choice}
              error={fault}
              disabled={change.isPending || change.isSuccess}
              onChange={(event) => setChoice(event.currentTarget.value)}
            />
          )}
          {task === 'removeFromGroup' && <Text size="sm">{bulk.removeText}</Text>}
          {task === 'delete' && (
            <Text size="sm">
              {bulk.deleteText(count)} <strong>{bulk.deleteWarning}</strong>
            </Text>
          )}
          {change.isPending && (
            <ProgressBar
              value={progress === null ? null : progress.changed + progress.failed}
              max={count}
              label={bulk.progress(progress === null ? 0 : progress.changed + progress.failed, count)}
            />
          )}
          {change.error !== null && <ErrorNote error={change.error} />}
          {change.data !== undefined && change.data.failed > 0 && <Failures outcome={change.data} task={task} />}
          <Group justify="flex-end">
            {change.isSuccess ? (
              <Button onClick={close}>{text.common.close}</Button>
            ) : change.isPending ? (
              <Button variant="default" onClick={() => stop.current.abort()}>
                {bulk.stop}
              </Button>
            ) : (
              <>
                <Button variant="default" data-autofocus={task === 'delete' || task === 'removeFromGroup' || undefined} onClick={close}>
                  {text.common.cancel}
                </Button>
                <Button type="submit" {...(task === 'delete' && { color: '#c02626' })}>
                  {submitOf(task, count)}
                </Button>
              </>
            )}
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function titleOf(task: FleetTask, count: number, group: string): string {
  switch (task) {
    case 'addToGroup':
      return bulk.addTitle(count);
    case 'removeFromGroup':
      return bulk.removeTitle(count, group);
    case 'profile':
      return bulk.profileTitle(count);
    case 'delete':
      return bulk.deleteTitle(count);
  }
}

function submitOf(task: FleetTask, count: number): string {
  switch (task) {
    case 'addToGroup':
      return bulk.submitAdd;
    case 'removeFromGroup':
      return bulk.submitRemove;
    case 'profile':
      return bulk.submitProfile;
    case 'delete':
      return bulk.deleteSubmit(count);
  }
}

function Failures({ outcome, task }: { outcome: FleetOutcome; task: FleetTask }) {
  return (
    <Notice kind="bad" urgent title={bulk.failed(outcome.failed)}>
      {outcome.changed > 0 && <div>{bulk.done[task](outcome.changed)}</div>}
      <ul className={classes.failures} tabIndex={0}>
        {outcome.errors.map(({ deviceId, deviceName, message }) => (
          <li key={deviceId}>
            {deviceName ?? deviceId}: {message}
          </li>
        ))}
        {outcome.failed > outcome.errors.length && <li>{bulk.failedMore(outcome.failed - outcome.errors.length)}</li>}
      </ul>
    </Notice>
  );
}
