import { get } from './client';
import type { DeviceInfo } from './types';

/** The first devices that match, of all that the caller sees. */
export async function findDevices(textSearch: string, signal?: AbortSignal): Promise<DeviceInfo[]> {
  const query = { page: 0, pageSize: 6, textSearch, sortProperty: 'name', sortOrder: 'ASC' } as const;
  const found = await get('/api/deviceInfos/all', { query, signal });
  return found.data;
}
