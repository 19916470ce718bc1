import { get } from './client';
import type { EntityGroupInfo } from './types';

/** The tenant's group "All", which holds every device of it. */
export const groupAll = (tenantId: string, signal?: AbortSignal): Promise<EntityGroupInfo> =>
  get('/api/entityGroup/all/{ownerType}/{ownerId}/{groupType}', {
    path: { ownerType: 'TENANT', ownerId: tenantId, groupType: 'DEVICE' },
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
