import { Button, Skeleton } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { users, type UsersOf } from '../../api/people';
import { keys } from '../../app/keys';
import { useUser } from '../../app/session';
import { DetailSection } from '../../components/DetailFrame';
import { ErrorNote } from '../../components/ErrorNote';
import { RowMenu } from '../../components/table/RowMenu';
import { text } from '../../text/en/people';
import classes from './people.module.css';
import type { NewUser } from './UserDialog';
import { useUserActions } from './useUserActions';

interface Props {
  title: string;
  of: UsersOf & { id: string };
  /** Without: the reader may not add users. */
  add?: NewUser;
}

/** The users of a customer, or the administrators of a tenant. */
export function PeopleSection({ title, of, add }: Props) {
  const me = useUser().data?.id.id;
  const { actionsOf, add: open, dialogs } = useUserActions();
  const query = { page: 0, pageSize: 100, sortProperty: 'email', sortOrder: 'ASC' as const };
  const found = useQuery({ queryKey: [...keys.users, of], queryFn: ({ signal }) => users(of, query, signal) });
  return (
    <DetailSection
      title={title}
      actions={
        add && (
          <Button size="xs" variant="default" leftSection={<IconPlus size={15} />} onClick={() => open(add)}>
            {add.title}
          </Button>
        )
      }
    >
      {found.error !== null && <ErrorNote error={found.error} onRetry={() => void found.refetch()} />}
      {found.isPending && <Skeleton height={18} width="60%" />}
      {found.data?.totalElements === 0 && <p className={classes.quiet}>{text.users.emptyText}</p>}
      {found.data !== undefined && found.data.totalElements > 0 && (
        <ul className={classes.people}>
          {found.data.data.map((user) => (
            <li key={user.id.id}>
              <div className={classes.who}>
                {user.email}
                {user.id.id === me && <span className={classes.you}>{text.users.you}</span>}
                <span className={classes.sub}>{[user.firstName, user.lastName].filter(Boolean).join(' ')}</span>
              </div>
              {add && <RowMenu label={text.actionsFor(user.email)} actions={actionsOf(user)} />}
            </li>
          ))}
        </ul>
      )}
      {dialogs}
    </DetailSection>
  );
}
