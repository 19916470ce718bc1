import { del, get, post } from './client';
import { isNotFound } from './errors';
import type { Device, DeviceInfo, DeviceQuery, NewCredentials, NewDevice, Page } from './types';

/** One page of a group's devices, each with `active` and `lastActivityTime`. */
export const groupDevices = (groupId: string, query: DeviceQuery, signal?: AbortSignal): Promise<Page<DeviceInfo>> =>
  get('/api/entityGroup/{entityGroupId}/devices', { path: { entityGroupId: groupId }, query, signal });

export const deviceInfo = (id: string, signal?: AbortSignal): Promise<DeviceInfo> =>
  get('/api/device/info/{deviceId}', { path: { deviceId: id }, signal });

/** The device as it is saved, with `version`; what a list adds to it is not part of it. */
export const device = (id: string, signal?: AbortSignal): Promise<Device> =>
  get('/api/device/{deviceId}', { path: { deviceId: id }, signal });

export const saveDevice = (changed: Device): Promise<Device> => post('/api/device', { body: changed });

/** Create with a generated token, or with the token given; in a group, if one is named. */
export const createDevice = (made: NewDevice, accessToken?: string, entityGroupId?: string): Promise<Device> =>
  post('/api/device', { body: made, query: { accessToken, entityGroupId } });

/** Create device and credentials in one transaction: if the certificate is refused there is no half-made device. */
export const createDeviceWithCredentials = (made: NewDevice, credentials: NewCredentials, entityGroupId?: string): Promise<Device> =>
  post('/api/device-with-credentials', { body: { device: made, credentials }, query: { entityGroupId } });

export const deleteDevice = (id: string): Promise<void> => del('/api/device/{deviceId}', { path: { deviceId: id } });

/** Names of devices that match, to choose from. */
export async function deviceNames(textSearch: string, signal?: AbortSignal): Promise<string[]> {
  const found = await get('/api/tenant/devices', {
    query: { page: 0, pageSize: 8, textSearch, sortProperty: 'name', sortOrder: 'ASC' },
    signal,
  });
  return 'data' in found ? found.data.map(({ name }) => name) : [found.name];
}

/** The device of this very name, or null. */
export async function deviceNamed(deviceName: string, signal?: AbortSignal): Promise<Device | null> {
  try {
    const found = await get('/api/tenant/devices', { query: { deviceName }, signal });
    return 'data' in found ? null : found;
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}
