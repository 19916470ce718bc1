import { Stack, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { faultAt, messageOf } from '../../api/errors';
import { saveCustomer, type Customer } from '../../api/people';
import { keys } from '../../app/keys';
import { SaveBar } from '../../components/SaveBar';
import { text } from '../../text/en/people';
import classes from './people.module.css';

const contact = ['email', 'phone', 'address', 'address2', 'zip', 'city', 'state', 'country'] as const;
type Values = Record<(typeof contact)[number] | 'title' | 'description', string>;

const descriptionOf = ({ additionalInfo }: Customer): string => {
  const { description } = (additionalInfo ?? {}) as { description?: unknown };
  return typeof description === 'string' ? description : '';
};

const valuesOf = (customer: Customer): Values => ({
  ...(Object.fromEntries(contact.map((name) => [name, customer[name] ?? ''])) as Values),
  title: customer.title,
  description: descriptionOf(customer),
});

/** Edits begun on `base`, so that saving over someone else's newer state is noticed by its version. */
type Draft = Values & { base: Customer };

export function CustomerForm({ customer }: { customer: Customer }) {
  const queryClient = useQueryClient();
  const [draft, setDraft] = useState<Draft | null>(null);
  const values = draft ?? valuesOf(customer);
  const missing = values.title.trim() === '';

  const save = useMutation({
    mutationFn: ({ base, description, ...named }: Draft) =>
      saveCustomer({ ...base, ...named, title: named.title.trim(), additionalInfo: { ...base.additionalInfo, description } }),
    onSuccess: (saved) => {
      queryClient.setQueryData(keys.customer(saved.id.id), saved);
      setDraft(null);
      void queryClient.invalidateQueries({ queryKey: keys.customers });
    },
  });
  const change = (part: Partial<Values>) => {
    setDraft({ ...values, base: draft?.base ?? customer, ...part });
    if (!save.isPending) save.reset();
  };
  const discard = () => {
    setDraft(null);
    save.reset();
    void queryClient.invalidateQueries({ queryKey: keys.customer(customer.id.id) });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (draft !== null && !missing && !save.isPending) save.mutate(draft);
  };

  const fault = faultAt(save.error, ['title', ...contact]);
  const field = (name: keyof Values) => ({
    label: text.fields[name],
    maxLength: 255,
    value: values[name],
    error: fault === name ? messageOf(save.error) : null,
    onChange: (event: { currentTarget: { value: string } }) => change({ [name]: event.currentTarget.value }),
  });
  return (
    <form onSubmit={submit} noValidate autoComplete="off">
      <Stack>
        <TextInput {...field('title')} {...(missing && { error: text.missingTitle })} />
        <Textarea {...field('description')} maxLength={2000} autosize minRows={2} maxRows={6} />
        <div className={classes.pair}>
          {contact.map((name) => (
            <TextInput key={name} {...field(name)} />
          ))}
        </div>
      </Stack>
      <SaveBar
        changed={draft !== null}
        saving={save.isPending}
        saved={save.isSuccess}
        error={fault === null ? save.error : null}
        onDiscard={discard}
      />
    </form>
  );
}
