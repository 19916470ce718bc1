import { Skeleton, UnstyledButton } from '@mantine/core';
import { IconBuilding, IconChevronRight, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useId, useState } from 'react';
import { useLocation } from 'wouter';
import { ownerGroups } from '../api/groups';
import { customer, findCustomers, type Owner } from '../api/owners';
import type { Customer } from '../api/types';
import { keys } from '../app/keys';
import { paths } from '../app/paths';
import { text } from '../text/en';
import { groups as groupTexts } from '../text/en/groups';
import { ErrorNote } from './ErrorNote';
import classes from './Navigation.module.css';
import { GroupItems } from './NavigationGroups';
import { SearchField } from './table/SearchField';

const GroupDialog = lazy(() => import('../pages/group/GroupDialog'));

/** As many customers are listed; more are found by name. */
const LISTED = 20;

interface Props {
  /** Customer whose group is shown. */
  shownOwner: string | undefined;
  onChoose: () => void;
}

/** The tenant's customers, each unfolds to its groups. */
export default function NavigationCustomers({ shownOwner, onChoose }: Props) {
  const [search, setSearch] = useState('');
  const [hasMany, setHasMany] = useState(false);
  const customers = useQuery({
    queryKey: [...keys.customers, 'find', search],
    queryFn: ({ signal }) => findCustomers(search, LISTED, signal),
    staleTime: 60_000,
    placeholderData: (before) => before,
  });
  const listed = customers.data?.data ?? [];
  const total = customers.data?.totalElements ?? 0;
  const shown = useQuery({
    queryKey: keys.customer(shownOwner ?? ''),
    queryFn: ({ signal }) => customer(shownOwner ?? '', signal),
    enabled: shownOwner !== undefined,
    staleTime: 60_000,
  });
  const isMissing = shown.data !== undefined && search === '' && !listed.some(({ id }) => id.id === shownOwner);
  const list = isMissing && shown.data ? [shown.data, ...listed] : listed;
  useEffect(() => {
    if (total > LISTED) setHasMany(true);
  }, [total]);

  if (customers.isPending) return <Skeleton height={14} width="60%" m={10} />;
  if (customers.error !== null && customers.data === undefined) return <ErrorNote error={customers.error} onRetry={() => void customers.refetch()} />;
  return (
    <>
      {hasMany && (
        <div className={classes.search}>
          <SearchField label={groupTexts.findCustomer} placeholder={groupTexts.findCustomer} value={search} onChange={setSearch} />
        </div>
      )}
      <ul className={classes.list}>
        {list.map((one) => (
          <CustomerItem key={one.id.id} customer={one} isShown={one.id.id === shownOwner} onChoose={onChoose} />
        ))}
      </ul>
      {list.length === 0 && <p className={classes.note}>{search === '' ? groupTexts.noCustomers : groupTexts.noCustomerFound}</p>}
      {total > LISTED && <p className={classes.note}>{text.groups.more(total - LISTED)}</p>}
    </>
  );
}

function CustomerItem({ customer: { id, title }, isShown, onChoose }: { customer: Customer; isShown: boolean; onChoose: () => void }) {
  const name = useId();
  const [open, setOpen] = useState(isShown);
  useEffect(() => {
    if (isShown) setOpen(true);
  }, [isShown]);
  return (
    <li>
      <UnstyledButton className={classes.link} aria-expanded={open} aria-label={groupTexts.unfold(title)} title={title} onClick={() => setOpen(!open)}>
        <IconChevronRight size={15} className={classes.chevron} aria-hidden />
        <IconBuilding size={17} stroke={1.7} aria-hidden />
        <span className={classes.name} id={name}>
          {title}
        </span>
      </UnstyledButton>
      {open && <CustomerGroups owner={{ entityType: 'CUSTOMER', id: id.id }} title={title} labelledBy={name} onChoose={onChoose} />}
    </li>
  );
}

interface GroupsProps {
  owner: Owner;
  title: string;
  labelledBy: string;
  onChoose: () => void;
}

function CustomerGroups({ owner, title, labelledBy, onChoose }: GroupsProps) {
  const [, navigate] = useLocation();
  const [creating, setCreating] = useState(false);
  const groups = useQuery({ queryKey: keys.ownerGroups(owner.id), queryFn: ({ signal }) => ownerGroups(owner, signal), staleTime: 60_000 });
  const sorted = [...(groups.data ?? [])].sort((a, b) => Number(b.groupAll) - Number(a.groupAll));

  return (
    <div className={classes.nested}>
      {groups.isPending && <Skeleton height={14} width="60%" m={10} />}
      {groups.error !== null && <ErrorNote error={groups.error} onRetry={() => void groups.refetch()} />}
      <GroupItems groups={sorted} labelledBy={labelledBy} onChoose={onChoose} />
      {groups.data && (
        <UnstyledButton className={classes.link} data-quiet aria-label={groupTexts.createIn(title)} onClick={() => setCreating(true)}>
          <IconPlus size={15} aria-hidden />
          <span className={classes.name}>{groupTexts.createHere}</span>
        </UnstyledButton>
      )}
      <Suspense fallback={null}>
        {creating && (
          <GroupDialog
            owner={owner}
            onClose={() => setCreating(false)}
            onSaved={(made) => {
              navigate(paths.group(made.id.id));
              onChoose();
            }}
          />
        )}
      </Suspense>
    </div>
  );
}
