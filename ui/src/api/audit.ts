import { fetchFile, get } from './client';
import type { Schemas } from './operations';
import type { Page, SortOrder } from './types';

export type AuditLog = Schemas['AuditLog'];

export interface AuditFilter {
  textSearch?: string | undefined;
  startTime?: number | undefined;
  /** Not included. */
  endTime?: number | undefined;
  actionTypes?: string | undefined;
  userId?: string | undefined;
}

export function auditLogs(
  { userId, ...filter }: AuditFilter & { page: number; pageSize: number; sortOrder: SortOrder },
  signal?: AbortSignal,
): Promise<Page<AuditLog>> {
  const query = { ...filter, sortProperty: 'createdTime' as const };
  if (userId === undefined) return get('/api/audit/logs', { query, signal });
  return get('/api/audit/logs/user/{userId}', { path: { userId }, query, signal });
}

/** The same entries as a file, oldest first. */
export const exportAudit = (filter: AuditFilter): Promise<Blob> => fetchFile('/api/postern/audit/export', { ...filter, format: 'csv' });
