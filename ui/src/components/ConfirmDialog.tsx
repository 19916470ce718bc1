import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { text } from '../text/en';
import { ErrorNote } from './ErrorNote';
import { useReturnFocus } from './useReturnFocus';

interface Props {
  title: string;
  /** What will be lost. */
  lead: string;
  /** Further sentences. */
  more?: readonly string[];
  submit: string;
  run: () => Promise<unknown>;
  /** After it was done; the dialog is closed by then. */
  onDone: () => void;
  onClose: () => void;
}

/** The question before something is destroyed; the safe button has the focus. */
export default function ConfirmDialog({ title, lead, more = [], submit, run, onDone, onClose }: Props) {
  useReturnFocus();
  const act = useMutation({
    mutationFn: run,
    onSuccess: () => {
      onClose();
      onDone();
    },
  });
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': text.common.close }}>
      <Stack>
        <Text size="sm">{lead}</Text>
        {more.map((sentence) => (
          <Text key={sentence} size="sm" fw={560}>
            {sentence}
          </Text>
        ))}
        {act.error !== null && <ErrorNote error={act.error} />}
        <Group justify="flex-end">
          <Button variant="default" data-autofocus onClick={onClose}>
            {text.common.cancel}
          </Button>
          <Button color="#c02626" loading={act.isPending} onClick={() => act.mutate()}>
            {submit}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
