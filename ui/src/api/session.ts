/**
 * Whether somebody is logged in, as far as this tab knows. The login itself is a cookie that scripts cannot read; all tabs
 * share it, and a new tab asks the server who it is.
 */
export type SessionState =
  | 'unknown' // before the first answer
  | 'in'
  | 'out'
  | 'expired'; // it ended without being asked to

type Listener = () => void;
const listeners = new Set<Listener>();
let state: SessionState = 'unknown';

export const getSession = (): SessionState => state;

export function setSession(next: SessionState): void {
  state = next;
  listeners.forEach((listener) => listener());
}

export function subscribe(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
