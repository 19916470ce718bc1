import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient, type QueryKey } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { faultAt, messageOf } from '../../api/errors';
import { ErrorNote } from '../../components/ErrorNote';
import { useReturnFocus } from '../../components/useReturnFocus';
import { text as common } from '../../text/en';
import { text } from '../../text/en/people';

interface Made {
  id: { id: string };
  title: string;
}

interface Props {
  title: string;
  listKey: QueryKey;
  save: (title: string) => Promise<Made>;
  onClose: () => void;
  onAdded: (made: Made) => void;
}

/** Makes a customer or a tenant, of which a title is all that is needed. */
export default function TitleDialog({ title, listKey, save, onClose, onAdded }: Props) {
  useReturnFocus();
  const queryClient = useQueryClient();
  const [value, setValue] = useState('');
  const [missing, setMissing] = useState(false);
  const add = useMutation({
    mutationFn: () => save(value.trim()),
    onSuccess: (made) => {
      void queryClient.invalidateQueries({ queryKey: listKey });
      notifications.show({ message: text.added(made.title) });
      onClose();
      onAdded(made);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (add.isPending) return;
    setMissing(value.trim() === '');
    if (value.trim() !== '') add.mutate();
  };
  const atTitle = faultAt(add.error, ['title']) !== null;

  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': common.common.close }}>
      <form onSubmit={submit} noValidate autoComplete="off">
        <Stack>
          <TextInput
            name="title"
            label={text.fields.title}
            data-autofocus
            maxLength={255}
            value={value}
            error={missing ? text.missingTitle : atTitle ? messageOf(add.error) : null}
            onChange={(event) => setValue(event.currentTarget.value)}
          />
          {add.error !== null && !atTitle && <ErrorNote error={add.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common.common.cancel}
            </Button>
            <Button type="submit" loading={add.isPending}>
              {title}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
