import { paths } from './paths';

export type Role = 'SYS_ADMIN' | 'TENANT_ADMIN' | 'CUSTOMER_USER';

/** Who sees a view; the server judges each call by itself. */
export const everybody: readonly Role[] = ['SYS_ADMIN', 'TENANT_ADMIN', 'CUSTOMER_USER'];
/** Those who have devices. */
export const owners: readonly Role[] = ['TENANT_ADMIN', 'CUSTOMER_USER'];
export const administrators: readonly Role[] = ['TENANT_ADMIN'];
/** Those who look after a tenant or the installation. */
export const managers: readonly Role[] = ['SYS_ADMIN', 'TENANT_ADMIN'];
export const operators: readonly Role[] = ['SYS_ADMIN'];

/** Where somebody begins. */
export const homeOf = (role: string): string => (role === 'SYS_ADMIN' ? paths.tenants : paths.home);
