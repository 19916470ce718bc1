import { del, get, post } from './client';
import type { Owner } from './owners';
import type { EntityGroupInfo, GroupShare, NewGroup } from './types';

export type GroupRight = GroupShare['right'];

/** The group "All" of an owner, which holds every device of it. */
export const groupAll = (owner: Owner, signal?: AbortSignal): Promise<EntityGroupInfo> =>
  get('/api/entityGroup/all/{ownerType}/{ownerId}/{groupType}', {
    path: { ownerType: owner.entityType, ownerId: owner.id, groupType: 'DEVICE' },
    signal,
  });

export const group = (id: string, signal?: AbortSignal): Promise<EntityGroupInfo> =>
  get('/api/entityGroupInfo/{entityGroupId}', { path: { entityGroupId: id }, signal });

/** Groups of the tenant, or those that a customer's user may see; "All" is among them. */
export async function deviceGroups(signal?: AbortSignal): Promise<EntityGroupInfo[]> {
  const found = await get('/api/entityGroupInfos/{groupType}', { path: { groupType: 'DEVICE' }, signal });
  return 'data' in found ? found.data : found;
}

export async function ownerGroups(owner: Owner, signal?: AbortSignal): Promise<EntityGroupInfo[]> {
  const found = await get('/api/entityGroups/{ownerType}/{ownerId}/{groupType}', {
    path: { ownerType: owner.entityType, ownerId: owner.id, groupType: 'DEVICE' },
    signal,
  });
  return 'data' in found ? found.data : found;
}

export const saveGroup = (changed: NewGroup): Promise<EntityGroupInfo> => post('/api/entityGroup', { body: changed });

/** Its devices stay. */
export const deleteGroup = (id: string): Promise<void> => del('/api/entityGroup/{entityGroupId}', { path: { entityGroupId: id } });

export const groupShares = (id: string, signal?: AbortSignal): Promise<GroupShare[]> =>
  get('/api/postern/entityGroup/{entityGroupId}/shares', { path: { entityGroupId: id }, signal });

/** Also changes the right of a customer it is shared with. */
export const shareGroup = (id: string, customerId: string, right: GroupRight): Promise<void> =>
  post('/api/postern/entityGroup/{entityGroupId}/share', {
    path: { entityGroupId: id },
    body: { customerId: { entityType: 'CUSTOMER', id: customerId }, right },
  });

export const endShare = (id: string, customerId: string): Promise<void> =>
  del('/api/postern/entityGroup/{entityGroupId}/share/{customerId}', { path: { entityGroupId: id, customerId } });
