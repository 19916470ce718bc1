import { get, post } from './client';
import { setSession } from './session';
import type { PasswordPolicy, User } from './types';

export async function login(username: string, password: string): Promise<void> {
  await post('/api/auth/login', { body: { username, password }, anonymous: true });
  setSession('in');
}

/** By a link that an administrator has handed on; logs in. */
export async function setPassword(resetToken: string, password: string): Promise<void> {
  await post('/api/noauth/resetPassword', { body: { resetToken, password }, anonymous: true });
  setSession('in');
}

export const passwordPolicy = (signal?: AbortSignal): Promise<PasswordPolicy> =>
  get('/api/noauth/userPasswordPolicy', { signal, anonymous: true });

/** End the login on the server, which takes the cookie back. Throws when the server does not answer: it goes on then. */
export async function logout(): Promise<void> {
  await post('/api/auth/logout');
  setSession('out');
}

export const currentUser = (signal?: AbortSignal): Promise<User> => get('/api/auth/user', { signal });

/** Ends all other logins of the user; this one goes on by a new cookie. */
export async function changePassword(currentPassword: string, newPassword: string): Promise<void> {
  await post('/api/auth/changePassword', { body: { currentPassword, newPassword } });
}
