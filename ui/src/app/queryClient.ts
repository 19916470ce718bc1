import { QueryClient } from '@tanstack/react-query';
import { ApiError } from '../api/errors';

/** A refusal does not change by asking again; only a missing answer is worth a second try. */
export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        retry: (failures, error) => !(error instanceof ApiError) && failures < 1,
        staleTime: 2_000,
        networkMode: 'always',
      },
      mutations: { retry: false, networkMode: 'always' },
    },
  });
}
