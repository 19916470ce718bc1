import { ActionIcon, Button, Group, Modal, NativeSelect, Select, Skeleton, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { endShare, groupShares, shareGroup, type GroupRight } from '../../api/groups';
import { customerTitles, findCustomers } from '../../api/owners';
import type { EntityGroupInfo } from '../../api/types';
import { keys } from '../../app/keys';
import { ErrorNote } from '../../components/ErrorNote';
import { useReturnFocus } from '../../components/useReturnFocus';
import { text } from '../../text/en';
import { groups as groupTexts } from '../../text/en/groups';
import classes from './ShareGroupDialog.module.css';

interface Props {
  group: EntityGroupInfo;
  onClose: () => void;
}

const rights = [
  { value: 'READ', label: groupTexts.rights.READ },
  { value: 'WRITE', label: groupTexts.rights.WRITE },
];

type Change = { customerId: string; title: string; right: GroupRight | null };

/** With which customers a group is shared; each change is saved at once, and ending a share can be undone. */
export default function ShareGroupDialog({ group, onClose }: Props) {
  useReturnFocus();
  const queryClient = useQueryClient();
  const id = group.id.id;
  const shares = useQuery({
    queryKey: keys.shares(id),
    queryFn: async ({ signal }) => {
      const found = await groupShares(id, signal);
      const titles = await customerTitles(
        found.map(({ customerId }) => customerId.id),
        signal,
      );
      return found
        .map(({ customerId, right }) => ({ id: customerId.id, right, title: titles[customerId.id] ?? groupTexts.shareGone }))
        .sort((a, b) => a.title.localeCompare(b.title));
    },
  });

  const change = useMutation({
    mutationFn: ({ customerId, right }: Change) => (right === null ? endShare(id, customerId) : shareGroup(id, customerId, right)),
    onSettled: () => queryClient.invalidateQueries({ queryKey: keys.shares(id) }),
  });

  const end = (customerId: string, title: string, right: GroupRight) =>
    change.mutate(
      { customerId, title, right: null },
      {
        onSuccess: () => {
          const note = notifications.show({
            message: (
              <Group gap="sm" justify="space-between">
                {groupTexts.shareEnded(title)}
                <Button
                  size="compact-sm"
                  variant="default"
                  onClick={() => {
                    change.mutate({ customerId, title, right });
                    notifications.hide(note);
                  }}
                >
                  {groupTexts.undo}
                </Button>
              </Group>
            ),
          });
        },
      },
    );

  return (
    <Modal opened onClose={onClose} size="lg" title={groupTexts.shareTitle(group.name)} closeButtonProps={{ 'aria-label': text.common.close }}>
      <Stack>
        <Text size="sm" c="dimmed">
          {groupTexts.shareLead}
        </Text>
        {shares.isPending && <Skeleton height={36} />}
        {shares.error !== null && <ErrorNote error={shares.error} onRetry={() => void shares.refetch()} />}
        {shares.data?.length === 0 && <Text size="sm">{groupTexts.shareNone}</Text>}
        {shares.data !== undefined && shares.data.length > 0 && (
          <ul className={classes.shares}>
            {shares.data.map(({ id: customerId, title, right }) => (
              <li key={customerId}>
                <span className={classes.title}>{title}</span>
                <NativeSelect
                  size="xs"
                  aria-label={groupTexts.rightOf(title)}
                  data={rights}
                  value={right}
                  onChange={(event) => change.mutate({ customerId, title, right: event.currentTarget.value as GroupRight })}
                />
                <ActionIcon variant="subtle" color="gray" aria-label={groupTexts.shareEnd(title)} onClick={() => end(customerId, title, right)}>
                  <IconTrash size={16} stroke={1.7} />
                </ActionIcon>
              </li>
            ))}
          </ul>
        )}
        <NewShare
          taken={shares.data?.map((share) => share.id) ?? []}
          isSaving={change.isPending}
          onShare={(made) =>
            change.mutate(made, { onSuccess: () => notifications.show({ message: groupTexts.shared(made.title) }) })
          }
        />
        {change.error !== null && <ErrorNote error={change.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {text.common.close}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function NewShare({ taken, isSaving, onShare }: { taken: string[]; isSaving: boolean; onShare: (change: Change) => void }) {
  const [search, setSearch] = useState('');
  const [chosen, setChosen] = useState<{ value: string; label: string } | null>(null);
  const [right, setRight] = useState<GroupRight>('READ');
  const [asked] = useDebouncedValue(search, 250);
  const wanted = asked === chosen?.label ? '' : asked;
  const customers = useQuery({
    queryKey: [...keys.customers, 'find', wanted],
    queryFn: ({ signal }) => findCustomers(wanted, 20, signal),
    placeholderData: (before) => before,
  });
  const found = (customers.data?.data ?? []).filter(({ id }) => !taken.includes(id.id)).map(({ id, title }) => ({ value: id.id, label: title }));
  const data = chosen !== null && !found.some(({ value }) => value === chosen.value) ? [chosen, ...found] : found;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (chosen === null || isSaving) return;
    onShare({ customerId: chosen.value, title: chosen.label, right });
    setChosen(null);
    setSearch('');
  };

  return (
    <form className={classes.add} onSubmit={submit} noValidate autoComplete="off">
      <Select
        className={classes.customer}
        label={groupTexts.shareWith}
        placeholder={groupTexts.shareSearch}
        searchable
        data-autofocus
        filter={({ options }) => options}
        nothingFoundMessage={customers.isFetching ? text.shell.loading : groupTexts.shareNobody}
        data={data}
        value={chosen?.value ?? null}
        searchValue={search}
        onSearchChange={setSearch}
        onChange={(_value, option) => setChosen(option ?? null)}
      />
      <NativeSelect label={groupTexts.right} data={rights} value={right} onChange={(event) => setRight(event.currentTarget.value as GroupRight)} />
      <Button type="submit" disabled={chosen === null} loading={isSaving}>
        {groupTexts.shareSubmit}
      </Button>
    </form>
  );
}
