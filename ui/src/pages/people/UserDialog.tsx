import { Button, Group, Modal, NativeSelect, Stack, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState, type FormEvent } from 'react';
import { faultAt, isConflict, messageOf } from '../../api/errors';
import { saveUser, type Authority, type User } from '../../api/people';
import { keys } from '../../app/keys';
import { ErrorNote } from '../../components/ErrorNote';
import { Notice } from '../../components/Notice';
import { useReturnFocus } from '../../components/useReturnFocus';
import { text as common } from '../../text/en';
import { text } from '../../text/en/people';
import classes from './people.module.css';
import { useCustomerNames } from './useCustomerNames';

/** Whose the new user is; `roles` are what may be chosen. */
export interface NewUser {
  title: string;
  roles: readonly Authority[];
  customerId?: string;
  tenantId?: string;
}

interface Props {
  /** Changed; without, one is made as `add` says. */
  user?: User;
  add?: NewUser;
  onClose: () => void;
  onSaved: (user: User) => void;
}

const fields = ['email', 'firstName', 'lastName', 'phone', 'customerId', 'authority'] as const;
type Field = (typeof fields)[number];

export default function UserDialog({ user, add, onClose, onSaved }: Props) {
  useReturnFocus();
  const queryClient = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const [values, setValues] = useState({
    email: user?.email ?? '',
    firstName: user?.firstName ?? '',
    lastName: user?.lastName ?? '',
    phone: user?.phone ?? '',
    authority: user?.authority ?? add?.roles[0] ?? 'TENANT_ADMIN',
    customerId: add?.customerId ?? '',
  });
  const [fault, setFault] = useState<{ field: Field; message: string } | null>(null);
  const needsCustomer = user === undefined && values.authority === 'CUSTOMER_USER' && add?.customerId === undefined;
  const set = (part: Partial<typeof values>) => {
    setValues({ ...values, ...part });
    setFault(null);
  };
  const fail = (found: typeof fault) => {
    setFault(found);
    if (found) form.current?.querySelector<HTMLElement>(`[name="${found.field}"]`)?.focus();
  };

  const save = useMutation({
    mutationFn: () => {
      const { customerId, authority, email, ...names } = values;
      const body = { ...names, email: email.trim(), authority };
      if (user !== undefined) return saveUser({ ...body, id: user.id, version: user.version });
      return saveUser({
        ...body,
        ...(authority === 'CUSTOMER_USER' && { customerId: { entityType: 'CUSTOMER', id: customerId } }),
        ...(add?.tenantId !== undefined && { tenantId: { entityType: 'TENANT', id: add.tenantId } }),
      });
    },
    onSuccess: (saved) => {
      void queryClient.invalidateQueries({ queryKey: keys.users });
      notifications.show({ message: user === undefined ? text.added(saved.email) : common.common.saved });
      onClose();
      onSaved(saved);
    },
    onError: (error) => {
      const field = faultAt(error, fields);
      if (field !== null) fail({ field, message: messageOf(error) });
      if (isConflict(error)) void queryClient.invalidateQueries({ queryKey: keys.users });
    },
  });

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (save.isPending) return;
    save.reset();
    if (values.email.trim() === '') fail({ field: 'email', message: text.users.missingEmail });
    else if (needsCustomer && values.customerId === '') fail({ field: 'customerId', message: text.users.missingCustomer });
    else save.mutate();
  };

  const field = (name: 'email' | 'firstName' | 'lastName' | 'phone') => ({
    name,
    label: text.users[name],
    maxLength: 255,
    value: values[name],
    error: fault?.field === name ? fault.message : null,
    onChange: (event: { currentTarget: { value: string } }) => set({ [name]: event.currentTarget.value }),
  });
  const title = add?.title ?? text.users.edit;

  return (
    <Modal opened onClose={onClose} title={title} closeOnClickOutside={false} closeButtonProps={{ 'aria-label': common.common.close }}>
      <form ref={form} onSubmit={submit} noValidate autoComplete="off">
        <Stack>
          <TextInput {...field('email')} type="email" data-autofocus />
          <div className={classes.pair}>
            <TextInput {...field('firstName')} />
            <TextInput {...field('lastName')} />
          </div>
          <TextInput {...field('phone')} type="tel" />
          {add !== undefined && add.roles.length > 1 && (
            <NativeSelect
              name="authority"
              label={text.users.role}
              description={text.roleHints[values.authority]}
              inputWrapperOrder={['label', 'input', 'description', 'error']}
              value={values.authority}
              data={add.roles.map((role) => ({ value: role, label: text.roles[role] }))}
              onChange={(event) => set({ authority: event.currentTarget.value as Authority })}
            />
          )}
          {needsCustomer && (
            <CustomerSelect
              value={values.customerId}
              error={fault?.field === 'customerId' ? fault.message : null}
              onChange={(customerId) => set({ customerId })}
            />
          )}
          {save.error !== null && fault === null && <ErrorNote error={save.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common.common.cancel}
            </Button>
            <Button type="submit" loading={save.isPending}>
              {user === undefined ? title : common.common.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function CustomerSelect({ value, error, onChange }: { value: string; error: string | null; onChange: (id: string) => void }) {
  const found = useCustomerNames();
  if (found.data?.totalElements === 0) return <Notice kind="info">{text.users.noCustomers}</Notice>;
  const names = (found.data?.data ?? []).map((customer) => ({ value: customer.id.id, label: customer.title }));
  return (
    <NativeSelect
      name="customerId"
      label={text.users.customer}
      description={text.users.customerHint}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      value={value}
      data={[{ value: '', label: text.users.chooseCustomer }, ...names]}
      error={error ?? (found.error !== null && messageOf(found.error))}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
