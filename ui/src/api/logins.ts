import { del, get } from './client';
import type { Schemas } from './operations';

export type Login = Schemas['Session'];

/** The caller's own. */
export const logins = (signal?: AbortSignal): Promise<Login[]> => get('/api/postern/sessions', { signal });

export const endLogin = (id: string): Promise<void> => del('/api/postern/session/{sessionId}', { path: { sessionId: id } });
