import { get } from './client';
import type { Schemas } from './operations';
import type { Device, Page } from './types';

export type OtaPackage = Schemas['OtaPackage'];
export type OtaType = OtaPackage['type'];

export const otaPackage = (otaPackageId: string, signal?: AbortSignal): Promise<OtaPackage> =>
  get('/api/otaPackage/info/{otaPackageId}', { path: { otaPackageId }, signal });

/** Packages that may be assigned to devices of a profile. */
export const assignablePackages = (deviceProfileId: string, type: OtaType, signal?: AbortSignal): Promise<Page<OtaPackage>> =>
  get('/api/otaPackages/{deviceProfileId}/{type}', {
    path: { deviceProfileId, type },
    query: { pageSize: 200, page: 0, sortProperty: 'createdTime', sortOrder: 'DESC' },
    signal,
  });

/** The package that devices of the profile get that have none of their own. */
export async function packageOfProfile(deviceProfileId: string, type: OtaType, signal?: AbortSignal): Promise<OtaPackage | null> {
  const profile = await get('/api/deviceProfile/{deviceProfileId}', { path: { deviceProfileId }, signal });
  const id = type === 'FIRMWARE' ? profile.firmwareId : profile.softwareId;
  return id ? otaPackage(id.id, signal) : null;
}

export const packageIdOf = (device: Device, type: OtaType) => (type === 'FIRMWARE' ? device.firmwareId : device.softwareId);
