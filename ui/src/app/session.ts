import { useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { currentUser } from '../api/auth';
import { getTokens, subscribe } from '../api/session';
import { keys } from './keys';

export const useLoggedIn = (): boolean => useSyncExternalStore(subscribe, () => getTokens() !== null);

export const useUser = () =>
  useQuery({ queryKey: keys.user, queryFn: ({ signal }) => currentUser(signal), staleTime: 5 * 60_000 });
