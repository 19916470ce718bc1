import { useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { currentUser } from '../api/auth';
import { getSession, subscribe, type SessionState } from '../api/session';
import { keys } from './keys';

export const useSession = (): SessionState => useSyncExternalStore(subscribe, getSession);

export const useUser = () =>
  useQuery({ queryKey: keys.user, queryFn: ({ signal }) => currentUser(signal), staleTime: 5 * 60_000 });
