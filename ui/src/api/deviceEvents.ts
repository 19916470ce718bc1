import { get, post } from './client';
import type { Schemas } from './operations';
import type { Page } from './types';

export type DeviceEvent = Schemas['DeviceEvent'];
export type Refusal = Schemas['Refusal'];

/** What happened to a device, newest first; the server keeps the last hundred or so. */
export const deviceEvents = (deviceId: string, pageSize: number, signal?: AbortSignal): Promise<Page<DeviceEvent>> =>
  get('/api/postern/device/{deviceId}/events', { path: { deviceId }, query: { pageSize, page: 0 }, signal });

/** Who was refused at the door, of any device or of none, from the number `since` on; newest first. */
export const refusals = (pageSize: number, since: number | undefined, signal?: AbortSignal): Promise<Page<Refusal> & { since: number }> =>
  get('/api/postern/refusals', { query: { pageSize, page: 0, since }, signal });

/** Give the certificate that was refused to a device. */
export const registerRefused = (number: number, deviceId: string): Promise<unknown> =>
  post('/api/postern/refusals/{refusalId}/register', {
    path: { refusalId: number },
    body: { deviceId: { entityType: 'DEVICE', id: deviceId } },
  });
