import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { deleteDevice } from '../../api/devices';
import { isNotFound } from '../../api/errors';
import type { Device } from '../../api/types';
import { keys } from '../../app/keys';
import { ErrorNote } from '../../components/ErrorNote';
import { useReturnFocus } from '../../components/useReturnFocus';
import { text } from '../../text/en';
import classes from './DeleteDeviceDialog.module.css';

interface Props {
  device: Device;
  onClose: () => void;
  onDeleted: () => void;
}

/** Says what is lost; the safe button has the focus. */
export default function DeleteDeviceDialog({ device, onClose, onDeleted }: Props) {
  useReturnFocus();
  const queryClient = useQueryClient();
  const remove = useMutation({
    mutationFn: () =>
      deleteDevice(device.id.id).catch((error: unknown) => {
        // Gone already: what was wanted.
        if (!isNotFound(error)) throw error;
      }),
    onSuccess: () => {
      onClose();
      onDeleted();
      queryClient.removeQueries({ queryKey: keys.device(device.id.id) });
      void queryClient.invalidateQueries({ queryKey: keys.lists });
      notifications.show({ message: text.remove.done(device.name) });
    },
  });

  return (
    <Modal opened onClose={onClose} title={text.remove.title} closeButtonProps={{ 'aria-label': text.common.close }}>
      <Stack>
        <div className={classes.text}>
          {text.remove.lead(device.name)}
          <ul>
            {text.remove.effects.map((effect) => (
              <li key={effect}>{effect}</li>
            ))}
          </ul>
          <Text fw={560} size="sm">
            {text.remove.warning}
          </Text>
        </div>
        {remove.error !== null && <ErrorNote error={remove.error} />}
        <Group justify="flex-end">
          <Button variant="default" data-autofocus onClick={onClose}>
            {text.common.cancel}
          </Button>
          <Button color="#c02626" loading={remove.isPending} onClick={() => remove.mutate()}>
            {text.remove.submit}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
