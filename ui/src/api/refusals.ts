import { get, post } from './client';
import type { Schemas } from './operations';
import type { Credentials, Page } from './types';

export type Refusal = Schemas['Refusal'];
export type RefusalWithCertificate = Schemas['RefusalWithCertificate'];

export interface RefusalQuery {
  page: number;
  pageSize: number;
  textSearch: string;
  reason?: string | undefined;
  startTime?: number | undefined;
}

/** The door log, newest first. */
export const refusals = (query: RefusalQuery, signal?: AbortSignal): Promise<Page<Refusal>> =>
  get('/api/postern/refusals', { query, signal });

export const refusal = (number: string, signal?: AbortSignal): Promise<RefusalWithCertificate> =>
  get('/api/postern/refusals/{refusalId}', { path: { refusalId: number as never }, signal });

/** Give the certificate to the device of this name; if there is none, it is made with the profile. */
export const registerRefused = (number: string, deviceName: string, profileId: string): Promise<Credentials> =>
  post('/api/postern/refusals/{refusalId}/register', {
    path: { refusalId: number as never },
    body: { deviceName, ...(profileId !== '' && { deviceProfileId: { entityType: 'DEVICE_PROFILE', id: profileId } }) },
  });
