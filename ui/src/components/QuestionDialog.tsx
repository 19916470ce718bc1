import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { isNotFound } from '../api/errors';
import { text } from '../text/en';
import { text as confirm } from '../text/en/confirm';
import classes from './QuestionDialog.module.css';
import { ErrorNote } from './ErrorNote';
import { useReturnFocus } from './useReturnFocus';

interface Props {
  title: string;
  lead: string;
  effects?: readonly string[];
  /** The button's name. */
  submit: string;
  /** Not for good: no warning, no red. */
  harmless?: boolean;
  /** What has to be typed first, and the field's label. */
  typed?: { value: string; label: string };
  run: () => Promise<unknown>;
  onClose: () => void;
  onDone: () => void;
}

/** Asks before something is destroyed, and says what goes with it. Mounted while it is open. */
export default function QuestionDialog({ title, lead, effects = [], submit, harmless = false, typed, run, onClose, onDone }: Props) {
  useReturnFocus();
  const [written, setWritten] = useState('');
  const action = useMutation({
    mutationFn: () =>
      run().catch((error: unknown) => {
        // Gone already: what was wanted.
        if (!isNotFound(error)) throw error;
      }),
    onSuccess: () => {
      onClose();
      onDone();
    },
  });
  const ready = typed === undefined || written.trim() === typed.value;

  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': text.common.close }}>
      <Stack>
        <div className={classes.text}>
          {lead}
          {effects.length > 0 && (
            <ul>
              {effects.map((effect) => (
                <li key={effect}>{effect}</li>
              ))}
            </ul>
          )}
          {!harmless && (
            <Text fw={560} size="sm">
              {confirm.warning}
            </Text>
          )}
        </div>
        {typed !== undefined && (
          <TextInput label={typed.label} autoComplete="off" value={written} onChange={(event) => setWritten(event.currentTarget.value)} />
        )}
        {action.error !== null && <ErrorNote error={action.error} />}
        <Group justify="flex-end">
          <Button variant="default" data-autofocus onClick={onClose}>
            {text.common.cancel}
          </Button>
          <Button
            {...(!harmless && { color: '#c02626' })}
            disabled={!ready}
            loading={action.isPending}
            onClick={() => action.mutate()}
          >
            {submit}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
