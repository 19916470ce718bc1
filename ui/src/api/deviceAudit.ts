import { get } from './client';
import type { Schemas } from './operations';
import type { Page } from './types';

export type AuditEntry = Schemas['AuditLog'];

/** Who changed what about a device, newest first. */
export const deviceAudit = (deviceId: string, page: number, pageSize: number, signal?: AbortSignal): Promise<Page<AuditEntry>> =>
  get('/api/audit/logs/entity/{auditedType}/{auditedId}', {
    path: { auditedType: 'DEVICE', auditedId: deviceId },
    query: { pageSize, page },
    signal,
  });
