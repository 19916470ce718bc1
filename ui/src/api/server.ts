import { get } from './client';
import type { Answer, Schemas } from './operations';

export type Setting = Schemas['Setting'];
export type ServerSettings = Answer<'get', '/api/postern/settings'>;

/** Settings in force, and the server's certificate. */
export const serverSettings = (signal?: AbortSignal): Promise<ServerSettings> => get('/api/postern/settings', { signal });
