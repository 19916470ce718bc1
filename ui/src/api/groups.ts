import { get } from './client';
import { isNotFound } from './errors';
import type { EntityGroup, Page } from './types';

const isAll = (group: EntityGroup): boolean => group.groupAll ?? group.name === 'All';

/** The tenant's group "All", which holds every device of it. */
export async function groupAll(tenantId: string, signal?: AbortSignal): Promise<EntityGroup> {
  try {
    const group = await get<EntityGroup>(`/api/entityGroup/all/TENANT/${tenantId}/DEVICE`, { signal });
    return { ...group, groupAll: true };
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const found = (await deviceGroups(signal)).find(isAll);
    if (!found) throw error;
    return { ...found, groupAll: true };
  }
}

export async function group(id: string, signal?: AbortSignal): Promise<EntityGroup> {
  const found = await get<EntityGroup>(`/api/entityGroup/${id}`, { signal });
  return { ...found, groupAll: isAll(found) };
}

export async function deviceGroups(signal?: AbortSignal): Promise<EntityGroup[]> {
  const page = await get<Page<EntityGroup>>('/api/entityGroups/DEVICE', { query: { pageSize: 100, page: 0 }, signal });
  return page.data;
}
