import { get } from './client';
import type { Attribute, AttributeScope } from './types';

export const attributes = (deviceId: string, scope: AttributeScope, signal?: AbortSignal): Promise<Attribute[]> =>
  get<Attribute[]>(`/api/plugins/telemetry/DEVICE/${deviceId}/values/attributes/${scope}`, { signal });
