import { del, get, post } from './client';
import type { Schemas } from './operations';
import type { Page } from './types';

export type RpcStatus = Schemas['RpcStatus'];
export type PersistentCall = Schemas['Rpc'];
export type CallRequest = Schemas['RpcRequest'];

export const rpcStatuses: readonly RpcStatus[] = ['QUEUED', 'SENT', 'DELIVERED', 'SUCCESSFUL', 'TIMEOUT', 'EXPIRED', 'FAILED', 'DELETED'];

/** A persistent call is answered at once with its id; any other when the device has it (one-way) or has answered. */
export const callDevice = (deviceId: string, isOneWay: boolean, body: CallRequest): Promise<unknown> =>
  isOneWay
    ? post('/api/rpc/oneway/{deviceId}', { path: { deviceId }, body })
    : post('/api/rpc/twoway/{deviceId}', { path: { deviceId }, body });

export const persistentCalls = (
  deviceId: string,
  rpcStatus: RpcStatus | undefined,
  pageSize: number,
  signal?: AbortSignal,
): Promise<Page<PersistentCall>> =>
  get('/api/rpc/persistent/device/{deviceId}', { path: { deviceId }, query: { pageSize, page: 0, rpcStatus }, signal });

export const deletePersistentCall = (rpcId: string): Promise<unknown> => del('/api/rpc/persistent/{rpcId}', { path: { rpcId } });
