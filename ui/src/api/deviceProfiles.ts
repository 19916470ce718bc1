import { del, get, post } from './client';
import type { Schemas } from './operations';
import type { ListQuery } from './people';
import type { Page } from './types';

export type Profile = Schemas['DeviceProfile'];
export type ProfileSave = Schemas['DeviceProfileSave'];
export type ProfileData = Profile['profileData'];
export type ProvisionType = Schemas['ProvisionType'];

export const profiles = (query: ListQuery, signal?: AbortSignal): Promise<Page<Profile>> =>
  get('/api/deviceProfiles', { query: query as ListQuery & { sortProperty?: 'name' | 'createdTime' }, signal });

export const profile = (deviceProfileId: string, signal?: AbortSignal): Promise<Profile> =>
  get('/api/deviceProfile/{deviceProfileId}', { path: { deviceProfileId }, signal });

export const saveProfile = (body: ProfileSave): Promise<Profile> => post('/api/deviceProfile', { body });

export const deleteProfile = (deviceProfileId: string): Promise<unknown> =>
  del('/api/deviceProfile/{deviceProfileId}', { path: { deviceProfileId } });

export const makeDefault = (deviceProfileId: string): Promise<Profile> =>
  post('/api/deviceProfile/{deviceProfileId}/default', { path: { deviceProfileId } });

/** The device name that the server finds with the pattern; saves nothing. */
export const tryNamePattern = (certificateRegExPattern: string, commonName: string, signal?: AbortSignal) =>
  post('/api/postern/deviceProfile/tryNamePattern', { body: { certificateRegExPattern, commonName }, signal });
