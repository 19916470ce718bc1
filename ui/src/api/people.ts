import { del, get, post } from './client';
import type { Schemas } from './operations';
import type { EntityGroupInfo, Page, SortOrder } from './types';

export type Customer = Schemas['Customer'];
export type CustomerSave = Schemas['CustomerSave'];
export type Tenant = Schemas['Tenant'];
export type TenantSave = Schemas['TenantSave'];
export type User = Schemas['User'];
export type UserSave = Schemas['UserSave'];
export type Authority = Schemas['Authority'];

export interface ListQuery {
  page: number;
  pageSize: number;
  textSearch?: string;
  sortProperty?: string;
  sortOrder?: SortOrder;
}

/** What the API can sort by is known to the list's columns. */
const asked = <S extends string>(query: ListQuery) => query as ListQuery & { sortProperty?: S };

type Paged<T> = Promise<Page<T>>;

export async function customers(query: ListQuery, signal?: AbortSignal): Paged<Customer> {
  const found = await get('/api/customers', { query: asked<'title' | 'createdTime'>(query), signal });
  return found as Page<Customer>;
}

export const customer = (customerId: string, signal?: AbortSignal): Promise<Customer> =>
  get('/api/customer/{customerId}', { path: { customerId }, signal });

export const saveCustomer = (body: CustomerSave): Promise<Customer> => post('/api/customer', { body });

export const deleteCustomer = (customerId: string): Promise<unknown> => del('/api/customer/{customerId}', { path: { customerId } });

/** A customer's own groups, its "All" among them. */
export async function groupsOfCustomer(ownerId: string, signal?: AbortSignal): Promise<EntityGroupInfo[]> {
  const path = { ownerType: 'CUSTOMER', ownerId, groupType: 'DEVICE' } as const;
  const found = await get('/api/entityGroups/{ownerType}/{ownerId}/{groupType}', { path, signal });
  return 'data' in found ? found.data : found;
}

export const tenants = (query: ListQuery, signal?: AbortSignal): Paged<Tenant> =>
  get('/api/tenants', { query: asked<'createdTime'>(query), signal });

export const tenant = (tenantId: string, signal?: AbortSignal): Promise<Tenant> =>
  get('/api/tenant/{tenantId}', { path: { tenantId }, signal });

export const saveTenant = (body: TenantSave): Promise<Tenant> => post('/api/tenant', { body });

export const deleteTenant = (tenantId: string): Promise<unknown> => del('/api/tenant/{tenantId}', { path: { tenantId } });

/** Whose users are listed: all that the caller sees, a customer's, or a tenant's administrators. */
export type UsersOf = { kind: 'all' } | { kind: 'customer' | 'tenant'; id: string };

export async function users(of: UsersOf, query: ListQuery, signal?: AbortSignal): Paged<User> {
  const known = asked<'email' | 'createdTime'>(query);
  if (of.kind === 'customer') return get('/api/customer/{customerId}/users', { path: { customerId: of.id }, query: known, signal });
  if (of.kind === 'tenant') return get('/api/tenant/{tenantId}/users', { path: { tenantId: of.id }, query: known, signal });
  return (await get('/api/users', { query: known, signal })) as Page<User>;
}

export const saveUser = (body: UserSave): Promise<User> => post('/api/user', { query: { sendActivationMail: false }, body });

export const deleteUser = (userId: string): Promise<unknown> => del('/api/user/{userId}', { path: { userId } });

/** Refused once the user has a password. */
export const activationLink = (userId: string): Promise<string> => get('/api/user/{userId}/activationLink', { path: { userId } });

export const resetLink = (userId: string): Promise<Schemas['ResetLink']> =>
  post('/api/postern/user/{userId}/resetLink', { path: { userId } });

export const endSessions = (userId: string): Promise<unknown> => del('/api/postern/user/{userId}/sessions', { path: { userId } });
