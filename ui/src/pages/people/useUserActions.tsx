import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useCallback, useState, type ReactNode } from 'react';
import { ApiError } from '../../api/errors';
import { activationLink, deleteUser, endSessions, resetLink, type User } from '../../api/people';
import { keys } from '../../app/keys';
import { useUser } from '../../app/session';
import { showError } from '../../components/showError';
import type { RowAction } from '../../components/table/RowMenu';
import { text as confirm } from '../../text/en/confirm';
import { text } from '../../text/en/people';
import type { NewUser } from './UserDialog';

const UserDialog = lazy(() => import('./UserDialog'));
const LinkDialog = lazy(() => import('./LinkDialog'));
const QuestionDialog = lazy(() => import('../../components/QuestionDialog'));

type Open =
  | { kind: 'edit' | 'end' | 'delete'; user: User }
  | { kind: 'add'; add: NewUser }
  | { kind: 'link'; email: string; link: string; validSeconds: number | null }
  | null;

interface UserActions {
  /** What can be done with a user. */
  actionsOf: (user: User) => RowAction[];
  add: (whose: NewUser) => void;
  /** To be put into the page. */
  dialogs: ReactNode;
}

/** Everything that lists of users can do, with the dialogs for it. */
export function useUserActions(): UserActions {
  const queryClient = useQueryClient();
  const me = useUser().data?.id.id;
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);

  // A user with a password has no activation link, so the other one is what is wanted.
  const showLink = useCallback(async (user: User) => {
    try {
      const link = await activationLink(user.id.id).catch((error: unknown) => {
        if (error instanceof ApiError && error.status === 400) return null;
        throw error;
      });
      if (link !== null) return setOpen({ kind: 'link', email: user.email, link, validSeconds: null });
      const reset = await resetLink(user.id.id);
      setOpen({ kind: 'link', email: user.email, link: reset.link, validSeconds: reset.validSeconds });
    } catch (error) {
      showError(error);
    }
  }, []);

  // The same function as long as it does the same, so that tables do not make their cells anew.
  const actionsOf = useCallback(
    (user: User): RowAction[] => [
    { label: text.users.edit, run: () => setOpen({ kind: 'edit', user }) },
    { label: text.users.passwordLink, run: () => void showLink(user) },
    { label: text.users.endSessions, run: () => setOpen({ kind: 'end', user }) },
    ...(user.id.id === me ? [] : [{ label: text.users.remove, danger: true, run: () => setOpen({ kind: 'delete', user }) }]),
    ],
    [me, showLink],
  );

  const dialogs = (
    <Suspense fallback={null}>
      {open?.kind === 'add' && <UserDialog add={open.add} onClose={close} onSaved={(user) => void showLink(user)} />}
      {open?.kind === 'edit' && <UserDialog user={open.user} onClose={close} onSaved={() => undefined} />}
      {open?.kind === 'link' && <LinkDialog {...open} onClose={close} />}
      {open?.kind === 'end' && (
        <QuestionDialog
          title={text.users.endTitle}
          lead={text.users.endLead(open.user.email)}
          submit={text.users.endSessions}
          harmless
          run={() => endSessions(open.user.id.id)}
          onClose={close}
          onDone={() => notifications.show({ message: text.users.ended(open.user.email) })}
        />
      )}
      {open?.kind === 'delete' && (
        <QuestionDialog
          title={confirm.title(text.users.one)}
          lead={confirm.lead(open.user.email)}
          effects={text.users.removeEffects}
          submit={text.users.remove}
          run={() => deleteUser(open.user.id.id)}
          onClose={close}
          onDone={() => {
            void queryClient.invalidateQueries({ queryKey: keys.users });
            notifications.show({ message: text.deleted(open.user.email) });
          }}
        />
      )}
    </Suspense>
  );
  return { actionsOf, add: (whose) => setOpen({ kind: 'add', add: whose }), dialogs };
}
