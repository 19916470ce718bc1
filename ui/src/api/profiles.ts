import { get } from './client';

/** Names for the "Type" field. */
export async function profileNames(signal?: AbortSignal): Promise<string[]> {
  const page = await get('/api/deviceProfileInfos', { query: { pageSize: 100, page: 0 }, signal });
  return ('data' in page ? page.data : page).map((profile) => profile.name);
}
