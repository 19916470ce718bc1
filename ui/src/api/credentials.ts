import { get, post } from './client';
import type { Credentials } from './types';

export const deviceCredentials = (deviceId: string, signal?: AbortSignal): Promise<Credentials> =>
  get<Credentials>(`/api/device/${deviceId}/credentials`, { signal });

export const saveCredentials = (changed: Credentials): Promise<Credentials> =>
  post<Credentials>('/api/device/credentials', { body: changed });
