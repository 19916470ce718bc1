/**
 * The login of this browser tab. Tokens live in memory and in sessionStorage, so that a reload keeps the login and
 * closing the tab ends it; they are never written anywhere that lasts.
 */
export interface Tokens {
  token: string;
  refreshToken: string;
}

const KEY = 'postern-session';

type Listener = () => void;
const listeners = new Set<Listener>();
let tokens: Tokens | null = load();
let expired = false;

function load(): Tokens | null {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? 'null');
    if (typeof kept === 'object' && kept !== null && 'token' in kept && 'refreshToken' in kept) {
      return { token: String(kept.token), refreshToken: String(kept.refreshToken) };
    }
  } catch {
    // No storage, or not ours: start without a login.
  }
  return null;
}

function announce(): void {
  listeners.forEach((listener) => listener());
}

export function getTokens(): Tokens | null {
  return tokens;
}

export function setTokens(next: Tokens): void {
  tokens = { token: next.token, refreshToken: next.refreshToken };
  expired = false;
  try {
    sessionStorage.setItem(KEY, JSON.stringify(tokens));
  } catch {
    // Kept in memory only.
  }
  announce();
}

/** End the login of this tab; `because` tells the login page whether the user asked for it. */
export function clearTokens(because: 'logout' | 'expired'): void {
  tokens = null;
  expired = because === 'expired';
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Nothing was kept.
  }
  announce();
}

export function wasExpired(): boolean {
  return expired;
}

export function subscribe(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
