import { get } from './client';
import type { Attribute, AttributeScope } from './types';

export const attributes = (deviceId: string, scope: AttributeScope, signal?: AbortSignal): Promise<Attribute[]> =>
  get('/api/plugins/telemetry/{entityType}/{entityId}/values/attributes/{scope}', {
    path: { entityType: 'DEVICE', entityId: deviceId, scope },
    signal,
  });
