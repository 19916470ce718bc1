import { get } from './client';
import type { Page } from './types';

/** Names for the "Type" field. Any other name is allowed, so a server that has no list of them is no error. */
export async function profileNames(signal?: AbortSignal): Promise<string[]> {
  try {
    const page = await get<Page<{ name: string }>>('/api/deviceProfileInfos', { query: { pageSize: 100, page: 0 }, signal });
    return page.data.map((profile) => profile.name);
  } catch {
    return ['default'];
  }
}
