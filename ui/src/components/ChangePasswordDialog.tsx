import { Button, Group, Modal, PasswordInput, Stack } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { changePassword } from '../api/auth';
import { messageOf } from '../api/errors';
import { text } from '../text/en';
import { ErrorNote } from './ErrorNote';
import { useReturnFocus } from './useReturnFocus';

type Fault = { field: 'current' | 'next' | 'again'; message: string } | null;

export default function ChangePasswordDialog({ username, onClose }: { username: string; onClose: () => void }) {
  useReturnFocus();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const [fault, setFault] = useState<Fault>(null);

  const change = useMutation({
    mutationFn: () => changePassword(current, next),
    onSuccess: () => {
      notifications.show({ message: text.password.done });
      onClose();
    },
    onError: (error) => {
      if (/current/i.test(messageOf(error))) setFault({ field: 'current', message: messageOf(error) });
    },
  });

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (change.isPending) return;
    const found = check(current, next, again);
    setFault(found);
    change.reset();
    if (found === null) change.mutate();
  };

  const errorOf = (field: NonNullable<Fault>['field']) => (fault?.field === field ? fault.message : null);

  return (
    <Modal opened onClose={onClose} title={text.password.title} closeButtonProps={{ 'aria-label': text.common.close }}>
      <form onSubmit={submit} noValidate>
        <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
        <Stack>
          <PasswordInput
            label={text.password.current}
            autoComplete="current-password"
            data-autofocus
            value={current}
            error={errorOf('current')}
            onChange={(event) => setCurrent(event.currentTarget.value)}
          />
          <PasswordInput
            label={text.password.next}
            autoComplete="new-password"
            value={next}
            error={errorOf('next')}
            onChange={(event) => setNext(event.currentTarget.value)}
          />
          <PasswordInput
            label={text.password.again}
            autoComplete="new-password"
            value={again}
            error={errorOf('again')}
            onChange={(event) => setAgain(event.currentTarget.value)}
          />
          {change.error !== null && fault === null && <ErrorNote error={change.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {text.common.cancel}
            </Button>
            <Button type="submit" loading={change.isPending}>
              {text.password.submit}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function check(current: string, next: string, again: string): Fault {
  if (current === '') return { field: 'current', message: text.password.missing };
  if (next === '') return { field: 'next', message: text.password.missing };
  if (next !== again) return { field: 'again', message: text.password.differ };
  return null;
}
