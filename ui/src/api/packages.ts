import { address, del, fetchFile, fillPath, get, pageHeaders, post } from './client';
import { errorFromBody, ServerGoneError } from './errors';
import type { Schemas } from './operations';
import type { ListQuery } from './people';
import type { Device, Page } from './types';

export type Package = Schemas['OtaPackage'];
export type PackageSave = Schemas['OtaPackageSave'];
export type PackageKind = Package['type'];

type Sort = 'createdTime' | 'title' | 'version' | 'type' | 'dataSize';

export const packages = (query: ListQuery, signal?: AbortSignal): Promise<Page<Package>> =>
  get('/api/otaPackages', { query: query as ListQuery & { sortProperty?: Sort }, signal });

export const packageInfo = (otaPackageId: string, signal?: AbortSignal): Promise<Package> =>
  get('/api/otaPackage/info/{otaPackageId}', { path: { otaPackageId }, signal });

/** Those that may be assigned to a profile and its devices, the newest first. */
export const assignablePackages = (deviceProfileId: string, type: PackageKind, signal?: AbortSignal): Promise<Page<Package>> =>
  get('/api/otaPackages/{deviceProfileId}/{type}', {
    path: { deviceProfileId, type },
    query: { pageSize: 200, page: 0, sortProperty: 'createdTime', sortOrder: 'DESC' },
    signal,
  });

/** The package that devices of the profile get that have none of their own. */
export async function packageOfProfile(deviceProfileId: string, type: PackageKind, signal?: AbortSignal): Promise<Package | null> {
  const profile = await get('/api/deviceProfile/{deviceProfileId}', { path: { deviceProfileId }, signal });
  const id = type === 'FIRMWARE' ? profile.firmwareId : profile.softwareId;
  return id ? packageInfo(id.id, signal) : null;
}

export const packageIdOf = (device: Device, type: PackageKind) => (type === 'FIRMWARE' ? device.firmwareId : device.softwareId);

export const savePackage = (body: PackageSave): Promise<Package> => post('/api/otaPackage', { body });

export const deletePackage = (otaPackageId: string): Promise<unknown> => del('/api/otaPackage/{otaPackageId}', { path: { otaPackageId } });

export const packageFile = (otaPackageId: string): Promise<Blob> =>
  fetchFile(fillPath('/api/otaPackage/{otaPackageId}/download', { otaPackageId }), {});

export interface Upload {
  done: Promise<void>;
  cancel: () => void;
}

/**
 * Send the file of a package. By XMLHttpRequest, which alone tells how far a sending has come.
 * `progress` gets bytes. Rejects with an ApiError, or ServerGoneError when the connection breaks.
 */
export function uploadPackage(packageId: string, file: File, checksum: string | null, progress: (sent: number) => void): Upload {
  const request = new XMLHttpRequest();
  const done = new Promise<void>((resolve, reject) => {
    const query = { checksumAlgorithm: 'SHA256', checksum: checksum ?? undefined };
    request.open('POST', address(`/api/otaPackage/${encodeURIComponent(packageId)}`, query));
    for (const [name, value] of Object.entries(pageHeaders)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => progress(event.loaded);
    request.onload = () => (request.status === 200 ? resolve() : reject(errorFromBody(request.status, request.responseText)));
    request.onerror = () => reject(new ServerGoneError());
    request.onabort = () => reject(new DOMException('', 'AbortError'));
    const form = new FormData();
    form.append('file', file);
    request.send(form);
  });
  return { done, cancel: () => request.abort() };
}

/** SHA-256 in hex, or null where the browser has no means: pages without TLS on other hosts than this one. */
export async function checksumOf(file: File): Promise<string | null> {
  if (globalThis.crypto?.subtle === undefined) return null;
  const sum = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
  return Array.from(new Uint8Array(sum), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
