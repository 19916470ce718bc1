import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { saveGroup } from '../../api/groups';
import type { Owner } from '../../api/owners';
import type { EntityGroupInfo } from '../../api/types';
import { keys } from '../../app/keys';
import { ErrorNote } from '../../components/ErrorNote';
import { useReturnFocus } from '../../components/useReturnFocus';
import { text } from '../../text/en';
import { groups as groupTexts } from '../../text/en/groups';

interface Props {
  /** The one to rename; without: a new one. */
  group?: EntityGroupInfo;
  /** Of the new one; without: the caller. */
  owner?: Owner | undefined;
  onClose: () => void;
  onSaved?: (group: EntityGroupInfo) => void;
}

/** Makes a group, or gives one another name. */
export default function GroupDialog({ group, owner, onClose, onSaved }: Props) {
  useReturnFocus();
  const queryClient = useQueryClient();
  const [name, setName] = useState(group?.name ?? '');
  const [missing, setMissing] = useState(false);
  const save = useMutation({
    mutationFn: () => {
      if (group === undefined) return saveGroup({ type: 'DEVICE', name: name.trim(), ...(owner !== undefined && { ownerId: owner }) });
      const { id, version, additionalInfo, configuration } = group;
      return saveGroup({ type: 'DEVICE', id, version, additionalInfo, configuration, name: name.trim() });
    },
    onSuccess: (saved) => {
      void queryClient.invalidateQueries({ queryKey: keys.groups });
      void queryClient.invalidateQueries({ queryKey: keys.group(saved.id.id) });
      notifications.show({ message: group === undefined ? groupTexts.created(saved.name) : groupTexts.renamed(saved.name) });
      onClose();
      onSaved?.(saved);
    },
  });

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setMissing(name.trim() === '');
    if (name.trim() !== '' && !save.isPending) save.mutate();
  };

  return (
    <Modal
      opened
      onClose={onClose}
      title={group === undefined ? groupTexts.createTitle : groupTexts.renameTitle}
      closeButtonProps={{ 'aria-label': text.common.close }}
    >
      <form onSubmit={submit} noValidate autoComplete="off">
        <Stack>
          <TextInput
            label={groupTexts.name}
            description={groupTexts.nameHint}
            maxLength={255}
            data-autofocus
            value={name}
            error={missing ? groupTexts.missingName : null}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          {save.error !== null && <ErrorNote error={save.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {text.common.cancel}
            </Button>
            <Button type="submit" loading={save.isPending}>
              {group === undefined ? groupTexts.createSubmit : text.common.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
