import { get, post } from './client';
import { isNotFound } from './errors';
import type { CertificateView, Inspection } from './types';

/** What the server reads in a pasted certificate, and whether it would take it for this device. Saves nothing. */
export const inspectCertificate = (
  certificate: string,
  deviceId: string | undefined,
  signal?: AbortSignal,
): Promise<Inspection> =>
  post('/api/postern/certificate/inspect', { body: { certificate, deviceId: deviceId === undefined ? null : { entityType: 'DEVICE', id: deviceId } }, signal });

/** The certificate a device logs in with now, or null. */
export async function deviceCertificate(deviceId: string, signal?: AbortSignal): Promise<CertificateView | null> {
  try {
    return await get('/api/postern/device/{deviceId}/certificate', { path: { deviceId }, signal });
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}
