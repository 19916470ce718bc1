import { get } from './client';
import type { Customer, Page, User } from './types';

/** Whose devices and groups they are: the tenant's, or one of its customers'. */
export interface Owner {
  entityType: 'TENANT' | 'CUSTOMER';
  id: string;
}

export const ownerOf = (user: User): Owner =>
  user.authority === 'CUSTOMER_USER'
    ? { entityType: 'CUSTOMER', id: user.customerId.id }
    : { entityType: 'TENANT', id: user.tenantId.id };

export async function findCustomers(textSearch: string, pageSize: number, signal?: AbortSignal): Promise<Page<Customer>> {
  const query = { page: 0, pageSize, textSearch, sortProperty: 'title', sortOrder: 'ASC' } as const;
  const found = await get('/api/customers', { query, signal });
  return 'data' in found ? found : { data: found, totalPages: 1, totalElements: found.length, hasNext: false };
}

export const customer = (id: string, signal?: AbortSignal): Promise<Customer> =>
  get('/api/customer/{customerId}', { path: { customerId: id }, signal });

/** Titles by id; those that are gone are missing. */
export async function customerTitles(ids: readonly string[], signal?: AbortSignal): Promise<Record<string, string>> {
  if (ids.length === 0) return {};
  const found = await get('/api/customers', { query: { customerIds: ids.join(',') }, signal });
  const list = 'data' in found ? found.data : found;
  return Object.fromEntries(list.map(({ id, title }) => [id.id, title]));
}
