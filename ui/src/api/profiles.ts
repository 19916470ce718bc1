import { get } from './client';

export interface ProfileName {
  id: string;
  name: string;
}

/** All device profiles, by name. */
export async function profileNames(signal?: AbortSignal): Promise<ProfileName[]> {
  const found = await get('/api/deviceProfile/names', { signal });
  return found.map(({ id, name }) => ({ id: id.id, name })).sort((a, b) => a.name.localeCompare(b.name));
}

/** The profile of devices that name none. */
export const defaultProfile = (signal?: AbortSignal) => get('/api/deviceProfileInfo/default', { signal });
