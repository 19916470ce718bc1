import { get } from './client';
import type { EntityGroupInfo } from './types';

/** The group "All" of a tenant or customer, which holds every device of it. */
export const groupAll = (owner: { entityType: 'TENANT' | 'CUSTOMER'; id: string }, signal?: AbortSignal): Promise<EntityGroupInfo> =>
  get('/api/entityGroup/all/{ownerType}/{ownerId}/{groupType}', {
    path: { ownerType: owner.entityType, ownerId: owner.id, groupType: 'DEVICE' },
    signal,
  });

export const group = (id: string, signal?: AbortSignal): Promise<EntityGroupInfo> =>
  get('/api/entityGroupInfo/{entityGroupId}', { path: { entityGroupId: id }, signal });

export async function deviceGroups(signal?: AbortSignal): Promise<EntityGroupInfo[]> {
  const page = await get('/api/entityGroupInfos/{groupType}', {
    path: { groupType: 'DEVICE' },
    query: { pageSize: 100, page: 0 },
    signal,
  });
  return 'data' in page ? page.data : page;
}
