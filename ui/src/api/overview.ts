import { get } from './client';
import type { Schemas } from './operations';

export type Overview = Schemas['Overview'];

/** Devices, certificates, refusals and traffic of what the caller may see. */
export const overview = (signal?: AbortSignal): Promise<Overview> => get('/api/postern/overview', { signal });
