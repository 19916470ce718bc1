import { del, get, post } from './client';
import { isNotFound } from './errors';
import type { Device, NewCredentials, NewDevice, Page, PageQuery } from './types';

/** One page of a group's devices, each with `active` and `lastActivityTime`. */
export async function groupDevices(
  groupId: string,
  isAll: boolean,
  query: PageQuery,
  signal?: AbortSignal,
): Promise<Page<Device>> {
  try {
    return await get<Page<Device>>(`/api/entityGroup/${groupId}/devices`, { query: { ...query }, signal });
  } catch (error) {
    // A server without entity groups still lists the tenant's devices.
    if (!isAll || !isNotFound(error)) throw error;
    return get<Page<Device>>('/api/tenant/deviceInfos', { query: { ...query }, signal });
  }
}

export const deviceInfo = (id: string, signal?: AbortSignal): Promise<Device> =>
  get<Device>(`/api/device/info/${id}`, { signal });

/** The device as it is saved, with `version`; what a list adds to it is not part of it. */
export const device = (id: string, signal?: AbortSignal): Promise<Device> => get<Device>(`/api/device/${id}`, { signal });

export const saveDevice = (changed: Device): Promise<Device> => post<Device>('/api/device', { body: changed });

/** Create with a generated token, or with the token given. */
export const createDevice = (made: NewDevice, accessToken?: string): Promise<Device> =>
  post<Device>('/api/device', { body: made, query: { accessToken } });

/** Create device and credentials in one transaction: if the certificate is refused there is no half-made device. */
export const createDeviceWithCredentials = (made: NewDevice, credentials: NewCredentials): Promise<Device> =>
  post<Device>('/api/device-with-credentials', { body: { device: made, credentials } });

export const deleteDevice = (id: string): Promise<void> => del(`/api/device/${id}`);
