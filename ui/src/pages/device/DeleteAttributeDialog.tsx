import { Button, Group, Modal, Stack } from '@mantine/core';
import { ErrorNote } from '../../components/ErrorNote';
import { useReturnFocus } from '../../components/useReturnFocus';
import { text } from '../../text/en';
import { attributes as attributesTexts } from '../../text/en/values';

interface Props {
  name: string;
  error: unknown;
  isPending: boolean;
  onClose: () => void;
  onDelete: () => void;
}

/** For what cannot be brought back from here. */
export default function DeleteAttributeDialog({ name, error, isPending, onClose, onDelete }: Props) {
  useReturnFocus();
  return (
    <Modal
      opened
      onClose={onClose}
      title={attributesTexts.removeTitle}
      closeButtonProps={{ 'aria-label': text.common.close }}
    >
      <Stack>
        {attributesTexts.removeText(name)}
        {error !== null && <ErrorNote error={error} />}
        <Group justify="flex-end">
          <Button variant="default" data-autofocus onClick={onClose}>
            {text.common.cancel}
          </Button>
          <Button color="#c02626" loading={isPending} onClick={onDelete}>
            {attributesTexts.removeSubmit}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
