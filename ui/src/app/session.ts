import { useQuery, type QueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { currentUser } from '../api/auth';
import { getSession, setSession, subscribe, type SessionState } from '../api/session';
import { keys } from './keys';

export const useSession = (): SessionState => useSyncExternalStore(subscribe, getSession);

const userQuery = {
  queryKey: keys.user,
  queryFn: ({ signal }: { signal: AbortSignal }) => currentUser(signal),
  staleTime: 5 * 60_000,
};

export const useUser = () => useQuery(userQuery);

/** A tab that was just opened does not know whether the browser holds a login. */
export async function askWhoItIs(client: QueryClient): Promise<void> {
  await client.prefetchQuery(userQuery);
  if (client.getQueryData(keys.user) !== undefined) setSession('in');
}
