import { get, post } from './client';
import type { Credentials } from './types';

export const deviceCredentials = (deviceId: string, signal?: AbortSignal): Promise<Credentials> =>
  get('/api/device/{deviceId}/credentials', { path: { deviceId }, signal });

export const saveCredentials = (changed: Credentials): Promise<Credentials> =>
  post('/api/device/credentials', { body: changed });
