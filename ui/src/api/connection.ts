/** Whether the server answers at all. Set by the API client, read by the notice at the top of the page. */
type Listener = () => void;
const listeners = new Set<Listener>();
let gone = false;

export function isServerGone(): boolean {
  return gone;
}

export function setServerGone(next: boolean): void {
  if (gone === next) return;
  gone = next;
  listeners.forEach((listener) => listener());
}

export function subscribe(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Ask once whether the server is back. Any answer that is not a proxy's counts, a refusal included. */
export async function ping(): Promise<boolean> {
  try {
    const answer = await fetch('/api/auth/user', { cache: 'no-store', credentials: 'same-origin' });
    return ![502, 503, 504].includes(answer.status);
  } catch {
    return false;
  }
}
