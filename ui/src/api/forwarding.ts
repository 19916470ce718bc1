import { del, get, post } from './client';
import type { Answer, Schemas } from './operations';

export type Forwarding = Schemas['Forwarding'];
export type ForwardingSave = Schemas['ForwardingSave'];
export type ForwardingTest = Answer<'post', '/api/postern/forwarding/{forwardingId}/test'>;

export const forwardings = (signal?: AbortSignal): Promise<Forwarding[]> => get('/api/postern/forwarding', { signal });

export const saveForwarding = (changed: ForwardingSave): Promise<Forwarding> => post('/api/postern/forwarding', { body: changed });

export const deleteForwarding = (id: string): Promise<void> =>
  del('/api/postern/forwarding/{forwardingId}', { path: { forwardingId: id } });

/** Send an event now; takes 10 seconds at most. */
export const testForwarding = (id: string): Promise<ForwardingTest> =>
  post('/api/postern/forwarding/{forwardingId}/test', { path: { forwardingId: id } });
