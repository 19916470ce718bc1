import { get } from './client';
import type { Schemas } from './operations';

/** To choose from. */
export async function profiles(signal?: AbortSignal): Promise<Schemas['DeviceProfileInfo'][]> {
  const page = await get('/api/deviceProfileInfos', { query: { pageSize: 100, page: 0 }, signal });
  return 'data' in page ? page.data : page;
}

export interface ProfileName {
  id: string;
  name: string;
}

/** All device profiles, by name. */
export async function profileNames(signal?: AbortSignal): Promise<ProfileName[]> {
  const found = await get('/api/deviceProfile/names', { signal });
  return found.map(({ id, name }) => ({ id: id.id, name })).sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
}

/** The profile of devices that name none. */
export const defaultProfile = (signal?: AbortSignal) => get('/api/deviceProfileInfo/default', { signal });
