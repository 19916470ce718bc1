import { get } from './client';

/** Id and e-mail address of the users that the caller may see, to choose from. */
export async function userNames(signal?: AbortSignal): Promise<(readonly [id: string, email: string])[]> {
  const page = await get('/api/users', { query: { page: 0, pageSize: 200, sortProperty: 'email', sortOrder: 'ASC' }, signal });
  const users = 'data' in page ? page.data : page;
  return users.map((user) => [user.id.id, user.email] as const);
}
