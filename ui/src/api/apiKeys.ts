import { del, get, post, put } from './client';
import type { Schemas } from './operations';

export type ApiKey = Schemas['ApiKey'];
export type ApiKeyMade = Schemas['ApiKeyMade'];
export type ApiKeySave = Schemas['ApiKeySave'];
export type ApiScope = Schemas['ApiScope'];

export const apiKeys = (userId: string, signal?: AbortSignal): Promise<ApiKey[]> =>
  get('/api/apiKeys/{userId}', { path: { userId }, signal });

/** Only this answer has the key itself. */
export const makeApiKey = (key: ApiKeySave): Promise<ApiKeyMade> => post('/api/apiKey', { body: key });

export const enableApiKey = (id: string, enabled: boolean): Promise<ApiKey> =>
  put('/api/apiKey/{apiKeyId}/enabled/{enabledValue}', { path: { apiKeyId: id, enabledValue: String(enabled) as never } });

export const deleteApiKey = (id: string): Promise<void> => del('/api/apiKey/{apiKeyId}', { path: { apiKeyId: id } });
