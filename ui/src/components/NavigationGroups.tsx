import { ActionIcon, UnstyledButton } from '@mantine/core';
import { IconChevronRight, IconFolder, IconPlus, IconStack2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useId, useState } from 'react';
import { useLocation } from 'wouter';
import { deviceGroups, group } from '../api/groups';
import type { EntityGroupInfo, User } from '../api/types';
import { keys } from '../app/keys';
import { paths } from '../app/paths';
import { text } from '../text/en';
import classes from './Navigation.module.css';
import { NavigationItem } from './NavigationItem';
import { SearchField } from './table/SearchField';

const GroupDialog = lazy(() => import('../pages/group/GroupDialog'));
const NavigationCustomers = lazy(() => import('./NavigationCustomers'));

interface Props {
  user: User;
  onChoose: () => void;
}

/** "All" and the groups of the reader's own; for the tenant, below them those of its customers. */
export default function NavigationGroups({ user, onChoose }: Props) {
  const heading = useId();
  const [, navigate] = useLocation();
  const [creating, setCreating] = useState(false);
  const groups = useQuery({ queryKey: keys.groups, queryFn: ({ signal }) => deviceGroups(signal), staleTime: 60_000 });
  const isTenant = user.authority === 'TENANT_ADMIN';
  const own = isTenant ? user.tenantId.id : user.customerId.id;
  const all = groups.data?.find(({ groupAll, ownerId }) => groupAll && ownerId.id === own);
  const others = groups.data?.filter((one) => one !== all) ?? [];
  const shown = useShownGroup();

  return (
    <>
      <div className={classes.headingRow}>
        <h2 className={classes.heading} id={heading}>
          {text.shell.deviceGroups}
        </h2>
        <ActionIcon variant="subtle" color="gray" size="sm" aria-label={text.groups.create} onClick={() => setCreating(true)}>
          <IconPlus size={15} />
        </ActionIcon>
      </div>
      <ul className={classes.list} aria-labelledby={heading}>
        <NavigationItem
          href={paths.group('all')}
          name={text.shell.all}
          Icon={IconStack2}
          isCurrent={all !== undefined && shown.id === all.id.id}
          onChoose={onChoose}
        />
      </ul>
      {others.length > 0 && <GroupItems groups={others} labelledBy={heading} onChoose={onChoose} />}
      {isTenant && <Customers shown={shown.group} onChoose={onChoose} />}
      <Suspense fallback={null}>
        {creating && (
          <GroupDialog
            onClose={() => setCreating(false)}
            onSaved={(made) => {
              navigate(paths.group(made.id.id));
              onChoose();
            }}
          />
        )}
      </Suspense>
    </>
  );
}

/** As many are listed; more are found by name. */
const LISTED = 30;

export function GroupItems({ groups, labelledBy, onChoose }: { groups: EntityGroupInfo[]; labelledBy: string; onChoose: () => void }) {
  const [search, setSearch] = useState('');
  const wanted = search.toLowerCase();
  const found = groups.filter(({ name }) => name.toLowerCase().includes(wanted));
  return (
    <>
      {groups.length > LISTED && (
        <div className={classes.search}>
          <SearchField label={text.groups.find} placeholder={text.groups.find} value={search} onChange={setSearch} />
        </div>
      )}
      <ul className={classes.list} aria-labelledby={labelledBy}>
        {found.slice(0, LISTED).map(({ id, name, groupAll }) => (
          <NavigationItem key={id.id} href={paths.group(id.id)} name={name} Icon={groupAll ? IconStack2 : IconFolder} onChoose={onChoose} />
        ))}
      </ul>
      {found.length > LISTED && <p className={classes.note}>{text.groups.more(found.length - LISTED)}</p>}
    </>
  );
}

/** Folded until it is wanted, or a group of a customer is shown. */
function Customers({ shown, onChoose }: { shown: EntityGroupInfo | undefined; onChoose: () => void }) {
  const [open, setOpen] = useState(false);
  const list = useId();
  const shownOwner = shown?.ownerId.entityType === 'CUSTOMER' ? shown.ownerId.id : undefined;
  useEffect(() => {
    if (shownOwner !== undefined) setOpen(true);
  }, [shownOwner]);
  return (
    <>
      <UnstyledButton className={classes.fold} aria-expanded={open} aria-controls={list} onClick={() => setOpen(!open)}>
        <IconChevronRight size={15} className={classes.chevron} aria-hidden />
        {text.groups.customers}
      </UnstyledButton>
      <div id={list} hidden={!open}>
        {open && (
          <Suspense fallback={null}>
            <NavigationCustomers shownOwner={shownOwner} onChoose={onChoose} />
          </Suspense>
        )}
      </div>
    </>
  );
}

/** The group whose page is shown, if it is one. */
function useShownGroup(): { id: string | undefined; group: EntityGroupInfo | undefined } {
  const [location] = useLocation();
  const named = /^\/groups\/([^/]+)/.exec(location)?.[1];
  const id = named === undefined || named === 'all' ? undefined : decodeURIComponent(named);
  const { data } = useQuery({
    queryKey: keys.group(id ?? ''),
    queryFn: ({ signal }) => group(id ?? '', signal),
    enabled: id !== undefined,
    staleTime: 5 * 60_000,
  });
  return { id, group: data };
}
