import { get } from './client';
import type { Connectivity, ConnectivityEntry } from './types';

export const CHAIN_ADDRESS = '/api/device-connectivity/mqtts/certificate/download';

export const connectivity = (deviceId: string, signal?: AbortSignal): Promise<Connectivity> =>
  get('/api/device-connectivity/{deviceId}', { path: { deviceId }, signal }) as Promise<Connectivity>;

export interface CommandGroup {
  /** Way to the commands in the answer, such as ["mqtt", "mqtts"]. */
  path: string[];
  commands: string[];
}

/** The answer as a flat list; encrypted transports first, MQTT before the others. */
export function commandGroups(answer: Connectivity): CommandGroup[] {
  const found: CommandGroup[] = [];
  const walk = (entry: ConnectivityEntry | null, path: string[]): void => {
    if (entry === null || entry === undefined) return;
    if (typeof entry === 'string') found.push({ path, commands: [entry] });
    else if (Array.isArray(entry)) found.push({ path, commands: entry.filter((line) => typeof line === 'string') });
    else Object.entries(entry).forEach(([name, next]) => walk(next, [...path, name]));
  };
  walk(answer, []);
  const rank = ({ path }: CommandGroup): number =>
    (path.includes('docker') ? 10 : 0) + (path[0] === 'mqtt' ? 0 : 4) + (/s$/.test(path[path.length - 1] ?? '') ? 0 : 1);
  return found.filter((group) => group.commands.length > 0).sort((a, b) => rank(a) - rank(b));
}
