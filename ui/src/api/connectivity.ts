import { get } from './client';
import type { Connectivity } from './types';

export const CHAIN_ADDRESS = '/api/device-connectivity/mqtts/certificate/download';

export const connectivity = (deviceId: string, signal?: AbortSignal): Promise<Connectivity> =>
  get('/api/device-connectivity/{deviceId}', { path: { deviceId }, signal }) as Promise<Connectivity>;
