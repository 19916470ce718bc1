import { get } from './client';

/** The settings in force, and the server's certificate. */
export const settings = (signal?: AbortSignal) => get('/api/postern/settings', { signal });
