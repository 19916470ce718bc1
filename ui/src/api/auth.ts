import { get, post } from './client';
import { clearTokens, setTokens } from './session';
import type { PasswordPolicy, User } from './types';

export async function login(username: string, password: string): Promise<void> {
  setTokens(await post('/api/auth/login', { body: { username, password }, anonymous: true }));
}

/** By a link that an administrator has handed on; logs in. */
export async function setPassword(resetToken: string, password: string): Promise<void> {
  setTokens(await post('/api/noauth/resetPassword', { body: { resetToken, password }, anonymous: true }));
}

export const passwordPolicy = (signal?: AbortSignal): Promise<PasswordPolicy> =>
  get('/api/noauth/userPasswordPolicy', { signal, anonymous: true });

/** End the login on the server too; a server that does not answer must not keep the user from leaving. */
export async function logout(): Promise<void> {
  try {
    await post('/api/auth/logout');
  } catch {
    // The tokens are forgotten here in any case and run out by themselves.
  } finally {
    clearTokens('logout');
  }
}

export const currentUser = (signal?: AbortSignal): Promise<User> => get('/api/auth/user', { signal });

/** A server that ends the old tokens with the old password answers with new ones. */
export async function changePassword(currentPassword: string, newPassword: string): Promise<void> {
  const fresh = await post('/api/auth/changePassword', {
    body: { currentPassword, newPassword },
  });
  if (fresh?.token && fresh.refreshToken) setTokens({ token: fresh.token, refreshToken: fresh.refreshToken });
}
