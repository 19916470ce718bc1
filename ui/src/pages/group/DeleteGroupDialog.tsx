import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { isNotFound } from '../../api/errors';
import { deleteGroup } from '../../api/groups';
import type { EntityGroupInfo } from '../../api/types';
import { keys } from '../../app/keys';
import { ErrorNote } from '../../components/ErrorNote';
import { useReturnFocus } from '../../components/useReturnFocus';
import { text } from '../../text/en';
import { groups as groupTexts } from '../../text/en/groups';

interface Props {
  group: EntityGroupInfo;
  onClose: () => void;
  onDeleted: () => void;
}

export default function DeleteGroupDialog({ group, onClose, onDeleted }: Props) {
  useReturnFocus();
  const queryClient = useQueryClient();
  const remove = useMutation({
    mutationFn: () =>
      deleteGroup(group.id.id).catch((error: unknown) => {
        // Gone already: what was wanted.
        if (!isNotFound(error)) throw error;
      }),
    onSuccess: () => {
      onClose();
      onDeleted();
      void queryClient.invalidateQueries({ queryKey: keys.groups });
      void queryClient.invalidateQueries({ queryKey: keys.lists });
      notifications.show({ message: groupTexts.deleted(group.name) });
    },
  });

  return (
    <Modal opened onClose={onClose} title={groupTexts.deleteTitle} closeButtonProps={{ 'aria-label': text.common.close }}>
      <Stack>
        <Text size="sm">{groupTexts.deleteText(group.name)}</Text>
        {remove.error !== null && <ErrorNote error={remove.error} />}
        <Group justify="flex-end">
          <Button variant="default" data-autofocus onClick={onClose}>
            {text.common.cancel}
          </Button>
          <Button color="#c02626" loading={remove.isPending} onClick={() => remove.mutate()}>
            {groupTexts.deleteSubmit}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
