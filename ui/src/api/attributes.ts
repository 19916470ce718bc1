import { del, get, post } from './client';
import type { Attribute, AttributeScope } from './types';

export const attributes = (deviceId: string, scope: AttributeScope, signal?: AbortSignal): Promise<Attribute[]> =>
  get('/api/plugins/telemetry/{entityType}/{entityId}/values/attributes/{scope}', {
    path: { entityType: 'DEVICE', entityId: deviceId, scope },
    signal,
  });

/** Scopes that people may set; the device alone sets the other. */
export type SavedScope = Exclude<AttributeScope, 'CLIENT_SCOPE'>;

export async function saveAttribute(deviceId: string, scope: SavedScope, key: string, value: unknown): Promise<void> {
  await post('/api/plugins/telemetry/{entityType}/{entityId}/attributes/{scope}', {
    path: { entityType: 'DEVICE', entityId: deviceId, scope },
    body: { [key]: value },
  });
}

export async function deleteAttribute(deviceId: string, scope: AttributeScope, key: string): Promise<void> {
  await del('/api/plugins/telemetry/{entityType}/{entityId}/{scope}', {
    path: { entityType: 'DEVICE', entityId: deviceId, scope },
    query: { keys: key },
  });
}
